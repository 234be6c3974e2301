import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { settingsPage, settingsPagePath } from './settings-page.ts'

test('docs/deployment/settings.md is what the code says (npm run settings-page makes it)', () => {
  expect(readFileSync(settingsPagePath, 'utf8')).toBe(settingsPage())
})
