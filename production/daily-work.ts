import { hash } from '@node-rs/argon2'
import { expect } from 'vitest'
import { barangays, createUser, type TestUser } from '#testing/factories.ts'
import type { TestDb } from '#testing/test-db.ts'

type Sql = Pick<TestDb, 'query'>

const password = 'a long enough passphrase 7'

/** A member of staff who can sign in. */
export async function staff(db: Sql): Promise<TestUser> {
  const passwordHash = await hash(password, { memoryCost: 19456, timeCost: 2, parallelism: 1 })
  return createUser(db, new Date(), { role: 'staff', passwordHash })
}

/** What a browser adds to the requests of our own pages. */
export const fromOwnPage = { 'sec-fetch-site': 'same-origin' }

export const newCommunity = (name: string) => ({
  name,
  barangayCode: barangays.saranganiAlabel,
  status: 'confirmed',
  statusSource: 'test',
  statusDate: '2026-01-15',
})

/** What people do all day, through the API of a running OBCMS: sign in, register, correct, list, export. */
export async function work(address: string, db: Sql): Promise<void> {
  const { email } = await staff(db)
  let cookie = ''
  async function send(method: string, path: string, body?: object): Promise<Response> {
    const reply = await fetch(`${address}${path}`, {
      method,
      headers: { cookie, ...fromOwnPage, ...(body && { 'content-type': 'application/json' }) },
      body: body && JSON.stringify(body),
    })
    expect(reply.status, `${method} ${path}: ${reply.ok ? '' : await reply.clone().text()}`).toBeLessThan(300)
    return reply
  }
  const signedIn = await send('POST', '/api/v1/session', { email, password })
  cookie = signedIn.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ')
  const made = await send('POST', '/api/v1/communities', newCommunity(`Registered by ${email}`))
  const { id, version } = (await made.json()) as { id: string; version: number }
  await send('PATCH', `/api/v1/communities/${id}`, { version, population: 321 })
  const list = (await (await send('GET', '/api/v1/communities')).json()) as {
    items: { id: string; population: number }[]
  }
  expect(list.items.find((row) => row.id === id)?.population).toBe(321)
  expect(await (await send('GET', '/api/v1/communities/export?format=csv')).text()).toContain(`Registered by ${email}`)
}
