import { expect, test } from 'vitest'
import { permissionNames, roles } from '#contract/access.ts'
import { narrowPermissions, resolvePermissions } from './actors.rules.ts'

const allow = (permission: string, scope: string | null = null) => ({ permission, effect: 'allow', scope })
const deny = (permission: string) => ({ permission, effect: 'deny', scope: null })

test('a role gives exactly what the catalogue says', () => {
  for (const [role, entry] of Object.entries(roles))
    expect(Object.fromEntries(resolvePermissions(role, []))).toEqual(entry.grants)
  expect(resolvePermissions('administrator', []).size).toBe(permissionNames.length)
})

test('an unknown role gives nothing', () => {
  expect(resolvePermissions('superuser', []).size).toBe(0)
})

test('an allowance adds a permission, or widens its rows, but never narrows them', () => {
  expect(resolvePermissions('partner', [allow('community.read', 'places')]).get('community.read')).toBe('places')
  expect(resolvePermissions('lgu_focal', [allow('community.read', 'all')]).get('community.read')).toBe('all')
  expect(resolvePermissions('staff', [allow('community.read', 'communities')]).get('community.read')).toBe('all')
})

test('a denial wins over role and allowance', () => {
  const resolved = resolvePermissions('staff', [allow('community.read', 'all'), deny('community.read')])
  expect(resolved.has('community.read')).toBe(false)
  expect(resolved.has('community.create')).toBe(true)
})

test('a scope that the permission does not know, and an unknown permission, give nothing', () => {
  const resolved = resolvePermissions('participant', [
    allow('community.read', 'organisation'),
    allow('money.spend', 'all'),
  ])
  expect(resolved.has('community.read')).toBe(false)
  expect([...resolved.keys()]).toEqual(['place.read'])
})

test('a token carries no more than its owner has', () => {
  const owned = resolvePermissions('ocm', [])
  expect([...narrowPermissions(owned, ['community.read', 'account.edit']).entries()]).toEqual([
    ['community.read', 'all'],
  ])
})
