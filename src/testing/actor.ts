import type { Role } from '#contract/access.ts'
import { resolvePermissions } from '#server/modules/identity/actors.rules.ts'
import type { Actor } from '#server/platform/actor.ts'

/** Somebody who acts, for services that are called without a request: what the role may by itself. */
export const actorFor = (
  { id, name }: { id: string; name: string },
  role: Role = 'staff',
  rows: Partial<Pick<Actor, 'organisationId' | 'placeCodes' | 'communityIds'>> = {},
): Actor => ({
  userId: id,
  name,
  role,
  organisationId: null,
  permissions: resolvePermissions(role, []),
  placeCodes: [],
  communityIds: [],
  sessionId: null,
  tokenId: null,
  mustSetUpTwoFactor: false,
  requestId: 'test',
  address: '127.0.0.1',
  ...rows,
})
