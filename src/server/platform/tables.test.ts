import { afterAll, beforeAll, expect, test } from 'vitest'
import { generateTables } from '#testing/generate-tables.ts'
import { createTestDb, type TestDb } from '#testing/test-db.ts'

let db: TestDb
beforeAll(async () => {
  db = await createTestDb()
})
afterAll(() => db.close())

test('tables.ts is what the migrations make (npm run tables writes it anew)', async () => {
  await expect(generateTables(db.url, '--verify')).resolves.toBeUndefined()
})
