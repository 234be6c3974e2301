import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type Permission,
  permissionNames,
  permissions,
  type Role,
  type RoleEntry,
  roleNames,
  roles,
} from '#contract/access.ts'
import { tables } from '#contract/endpoints.ts'
import type { Route } from '#contract/route.ts'
import { barangays } from '#testing/factories.ts'
import { createTestApp, type TestApp } from '#testing/test-app.ts'

/** Every route × every role, as the catalogue says: open, closed to strangers, forbidden, allowed or invisible. */

let app: TestApp
/** A value for each path parameter that exists; a route with another one fails here until it is given one. */
let existing: Record<string, string>

beforeAll(async () => {
  app = await createTestApp()
  const communityId = await app.createCommunity()
  const owner = await app.createUser({ role: 'administrator' })
  const other = await app.createUser({ role: 'partner' })
  const absent = '00000000-0000-7000-8000-000000000000'
  const fileId = await app.createFile({
    record: { type: 'community', id: communityId },
    mediaType: 'image/jpeg',
    derived: Buffer.from('small'),
  })
  const [organisation] = await app.query<{ id: string }>('SELECT id FROM organisations LIMIT 1')
  existing = {
    code: barangays.saranganiAlabel,
    jobId: absent,
    moveId: absent,
    communityId,
    contactId: absent,
    importId: absent,
    uploadId: absent,
    accountId: other.id,
    organisationId: organisation?.id ?? absent,
    sessionId: absent,
    tokenId: absent,
    grantId: absent,
    permission: 'community.read',
    role: 'partner',
    ownerId: owner.id,
    fileId,
    folderId: absent,
    linkId: absent,
    shareId: absent,
    secret: 'A'.repeat(43),
    size: 'small',
  }
})
afterAll(() => app.close())

const routes = Object.entries(tables).flatMap(([table, entries]) =>
  Object.entries(entries as Record<string, Route>).map(([name, route]) => ({ name: `${table}.${name}`, route })),
)

const addressOf = (route: Route): string =>
  route.path.replace(/:(\w+)/g, (_, name: string) => {
    const value = existing[name]
    if (!value) throw new Error(`access.test.ts knows no ${name}; add one that exists`)
    return value
  })

const queries: Record<string, string> = { 'places.search': '?q=alabel', 'communities.export': '?format=csv' }

const ask = async (route: Route, name: string, who: Parameters<TestApp['call']>[0]) =>
  app.call(who, route.method, `${addressOf(route)}${queries[name] ?? ''}`, route.body ? { body: {} } : {})

describe('the catalogue', () => {
  it('gives no role a scope that the permission cannot have', () => {
    for (const role of Object.values(roles) as RoleEntry[])
      for (const [permission, scope] of Object.entries(role.grants))
        expect(permissions[permission as Permission].scopes).toContain(scope)
  })

  it('has a role for each permission and a route for each', () => {
    const used = new Set(routes.map(({ route }) => route.permission))
    // Not doors of their own: they decide which files of a record are seen behind `file.read`.
    const insideServices = ['file.read_internal', 'file.read_restricted']
    for (const name of permissionNames)
      expect(
        Object.values(roles).some((role) => name in role.grants),
        name,
      ).toBe(true)
    expect(permissionNames.filter((name) => !used.has(name)).sort()).toEqual(insideServices)
  })

  it('serves every route of the contract, and nothing beside it but probes, metrics and the description', async () => {
    const served = app.server.routes.map((route) => `${route.method} ${route.path}`).sort()
    expect(served).toEqual(routes.map(({ route }) => `${route.method} ${route.path}`).sort())
    const heads = routes.flatMap(({ route }) => (route.download === 'kept' ? [`HEAD ${route.path}`] : []))
    const others = [...app.server.addresses].filter((address) => ![...served, ...heads].includes(address)).sort()
    expect(others).toEqual([
      'DELETE /:probe(^(?:health|ready)$)/',
      'GET /api/openapi.json',
      'GET /health/',
      'GET /metrics',
      'GET /ready/',
      'HEAD /api/openapi.json',
      'HEAD /health/',
      'HEAD /metrics',
      'HEAD /ready/',
      'OPTIONS /:probe(^(?:health|ready)$)/',
      'PATCH /:probe(^(?:health|ready)$)/',
      'POST /:probe(^(?:health|ready)$)/',
      'PUT /:probe(^(?:health|ready)$)/',
    ])
  })
})

describe.each(routes)('$name', ({ name, route }) => {
  it('treats a stranger as the contract says', async () => {
    const reply = await ask(route, name, undefined)
    if (route.permission === 'public') expect(reply.body).not.toContain('"code":"forbidden"')
    else if (route.method === 'HEAD') expect(reply.statusCode).toBe(401)
    else expect([reply.statusCode, reply.json().code]).toEqual([401, 'not_signed_in'])
  })

  it.each(roleNames)('treats the role %s as the catalogue says', async (role: Role) => {
    const grants: RoleEntry['grants'] = roles[role].grants
    const scope = route.permission === 'public' || route.permission === 'signed_in' ? 'all' : grants[route.permission]
    const reply = await ask(route, name, await app.createUser({ role }))
    if (route.method === 'HEAD') {
      // Its body, which would say the code, is never sent.
      expect(scope ? [400, 404] : [403]).toContain(reply.statusCode)
      return
    }
    const code: string | undefined = reply.statusCode >= 400 ? reply.json().code : undefined
    if (!scope) {
      expect([reply.statusCode, code]).toEqual([403, 'forbidden'])
      return
    }
    expect([
      undefined,
      'invalid_input',
      'not_found',
      'wrong_state',
      'unsupported_media_type',
      'wrong_credentials',
      // A secret that nobody was given.
      ...(route.path.includes(':secret') ? ['link_expired'] : []),
      // A file that he sees, on a record that this permission does not reach.
      ...(scope !== 'all' && route.path.includes(':fileId') ? ['forbidden'] : []),
    ]).toContain(code)
    if (
      route.method !== 'GET' ||
      !('communityId' in (route.params ? existing : {})) ||
      !route.path.includes(':communityId')
    )
      return
    // Rows: the same address is there for who may see it and absent for who may not.
    expect(reply.statusCode).toBe(scope === 'all' ? 200 : 404)
    const assigned = await app.createUser({
      role,
      placeCodes: [barangays.saranganiAlabel.slice(0, 2).padEnd(10, '0')],
      communityIds: [existing.communityId as string],
    })
    expect((await ask(route, name, assigned)).statusCode).toBe(200)
  })
})
