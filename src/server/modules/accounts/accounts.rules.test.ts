import { describe, expect, test } from 'vitest'
import { type Permission, type Role, roleNames, roles, type ScopeKind } from '#contract/access.ts'
import { accountStates } from '#contract/accounts.options.ts'
import type { Actor } from '#server/platform/actor.ts'
import {
  type AccountFacts,
  assertMayGiveRole,
  assertMayGrant,
  assertNotSelf,
  canApprove,
  canDeactivate,
  canEndorse,
  canReactivate,
  canRefuse,
  stageOf,
} from './accounts.rules.ts'

const account = (change: Partial<AccountFacts>): AccountFacts => ({
  id: 'a',
  role: 'staff',
  state: 'active',
  endorsedAt: null,
  twoFactor: false,
  ...change,
})
const actor = (grants: Partial<Record<Permission, ScopeKind>>): Actor => ({
  userId: 'me',
  name: 'Me',
  role: 'staff',
  organisationId: null,
  permissions: new Map(Object.entries(grants) as [Permission, ScopeKind][]),
  placeCodes: [],
  communityIds: [],
  sessionId: null,
  tokenId: null,
  mustSetUpTwoFactor: false,
  requestId: '',
  address: '',
})
const as = (role: Role) => actor(roles[role].grants)
const now = new Date('2026-03-02T00:00:00Z')

test('only a ministry’s account waits for an endorsement first', () => {
  expect(stageOf(account({ role: 'moa_focal' }))).toBe('endorsement')
  expect(stageOf(account({ role: 'moa_focal', endorsedAt: now }))).toBe('approval')
  expect(stageOf(account({ role: 'lgu_focal' }))).toBe('approval')
})

test.each(accountStates)('what can be done to an account that is %s', (state) => {
  const found = account({ state, role: 'moa_focal' })
  const can = {
    endorse: canEndorse(found),
    approve: canApprove(found),
    refuse: canRefuse(found),
    off: canDeactivate(found),
    on: canReactivate(found),
  }
  expect(can).toEqual({
    endorse: state === 'requested',
    approve: ['requested', 'endorsed', 'refused'].includes(state),
    refuse: ['requested', 'endorsed'].includes(state),
    off: ['active', 'invited'].includes(state),
    on: state === 'inactive',
  })
})

describe('giving roles', () => {
  test('an executive may give every role but one that changes access', () => {
    for (const role of roleNames) {
      const give = () => assertMayGiveRole(as('executive'), role)
      if (role === 'administrator') expect(give).toThrow(/Only who may change accounts/)
      else expect(give).not.toThrow()
    }
  })
  test('an administrator may give every role', () => {
    for (const role of roleNames) expect(() => assertMayGiveRole(as('administrator'), role)).not.toThrow()
  })
})

describe('grants', () => {
  const allow = (permission: Permission, scope: ScopeKind | null, expiresAt: Date | null = null) => ({
    permission,
    effect: 'allow' as const,
    scope,
    expiresAt,
  })
  test('need a scope of the permission', () => {
    for (const scope of [null, 'organisation'] as const)
      expect(() => assertMayGrant(as('administrator'), allow('community.read', scope), now)).toThrow(/Choose one of/)
  })
  test('end in the future or never', () => {
    expect(() => assertMayGrant(as('administrator'), allow('community.read', 'all', now), now)).toThrow(/future/)
    expect(() =>
      assertMayGrant(as('administrator'), allow('community.read', 'all', new Date(+now + 1)), now),
    ).not.toThrow()
  })
  test('give no more than the giver has', () => {
    const giver = actor({ 'community.read': 'places' })
    expect(() => assertMayGrant(giver, allow('community.read', 'communities'), now)).not.toThrow()
    expect(() => assertMayGrant(giver, allow('community.read', 'places'), now)).not.toThrow()
    expect(() => assertMayGrant(giver, allow('community.read', 'all'), now)).toThrow(/do not have/)
    expect(() => assertMayGrant(giver, allow('account.edit', 'all'), now)).toThrow(/do not have/)
  })
  test('a denial has no scope and may take what the denier has not', () => {
    const deny = { permission: 'account.edit', effect: 'deny', scope: null, expiresAt: null } as const
    expect(() => assertMayGrant(actor({}), deny, now)).not.toThrow()
    expect(() => assertMayGrant(actor({}), { ...deny, scope: 'all' }, now)).toThrow(/leave the scope out/)
  })
})

test('nobody changes his own access', () => {
  expect(() => assertNotSelf(actor({}), 'me')).toThrow(/own account/)
  expect(() => assertNotSelf(actor({}), 'other')).not.toThrow()
})
