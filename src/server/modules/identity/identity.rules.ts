import type { Role } from '#contract/access.ts'
import type { Actor } from '#server/platform/actor.ts'
import { AppError } from '#server/platform/errors.ts'
import type { UserRecord } from './identity.repo.ts'
import type { Origin } from './sessions.repo.ts'

/** A person who acts before or without a session: at sign-in, or with a mailed link. For the audit trail; it permits nothing. */
export const personAs = (
  user: Pick<UserRecord, 'id' | 'name' | 'role' | 'organisation_id'>,
  origin: Pick<Origin, 'requestId' | 'address'>,
): Actor => ({
  userId: user.id,
  name: user.name,
  role: user.role as Role,
  organisationId: user.organisation_id,
  permissions: new Map(),
  placeCodes: [],
  communityIds: [],
  sessionId: null,
  tokenId: null,
  mustSetUpTwoFactor: false,
  requestId: origin.requestId,
  address: origin.address,
})

/** Told only after the right password. */
export function assertMaySignIn(user: Pick<UserRecord, 'state' | 'state_reason'>): void {
  const reason = user.state_reason ? { reason: user.state_reason } : {}
  switch (user.state) {
    case 'active':
      return
    case 'refused':
      throw new AppError('account_refused', 'Your request for an account was refused.', reason)
    case 'inactive':
      throw new AppError('account_inactive', 'Your account is switched off. Write to OOBC.', reason)
    default:
      throw new AppError('account_pending', 'Your account still waits for approval. You will get a mail.')
  }
}
