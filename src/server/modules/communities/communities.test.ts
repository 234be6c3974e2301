import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CommunityView } from '#contract/communities.ts'
import { barangays, type TestUser } from '#testing/factories.ts'
import { createTestApp, type TestApp } from '#testing/test-app.ts'

let app: TestApp
let staff: TestUser
beforeAll(async () => {
  app = await createTestApp()
  staff = await app.createUser({ role: 'staff', name: 'Sittie Macapodi' })
})
afterAll(() => app?.close())

const url = '/api/v1/communities'
const typed = {
  name: 'Sitio Lambayong',
  barangayCode: barangays.saranganiAlabel,
  status: 'confirmed',
  statusSource: 'Barangay profile 2025',
  statusDate: '2026-02-01',
} as const

async function register(extra: object = {}, who = staff): Promise<CommunityView> {
  const reply = await app.call(who, 'POST', url, { body: { ...typed, ...extra } })
  expect(reply.statusCode, reply.body).toBe(201)
  return reply.json()
}

describe('registering', () => {
  test('gives a number of the office, the places and what the person may do', async () => {
    const made = await register({ population: 240, aliases: ['Lambayong Baru'], primaryGroup: 'sangil' })
    expect(made).toMatchObject({
      name: 'Sitio Lambayong',
      region: { code: '1200000000' },
      barangay: { code: barangays.saranganiAlabel, level: 'barangay' },
      version: 1,
      createdBy: 'Sittie Macapodi',
      warnings: [],
      can: { edit: true, archive: true, readContacts: true, editContacts: true, readHistory: true },
    })
    expect(made.officeId).toMatch(/^OBC-12-\d{6}$/)
    expect((await app.call(staff, 'GET', `${url}/${made.id}`)).json()).toEqual(made)
  })
})
