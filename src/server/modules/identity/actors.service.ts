import type { Permission, Role, ScopeKind } from '#contract/access.ts'
import type { Actor } from '#server/platform/actor.ts'
import type { ModuleDeps } from '#server/platform/module.ts'
import { findSessionAccess, findTokenAccess } from './actors.reads.ts'
import { narrowPermissions, resolvePermissions } from './actors.rules.ts'
import { hashSecret } from './secrets.rules.ts'
import { markSessionSeen, markTokenUsed } from './sessions.repo.ts'
import { expiryAt, seenEvery } from './sessions.rules.ts'

/** Milliseconds for which another process may still see old access; this process forgets at once. */
const keptFor = 3_000
const keptMost = 20_000

export const tokenPrefix = 'obcms_'

type Access = Omit<Actor, 'requestId' | 'address'>

interface Kept {
  access: Access
  until: number
  createdAt: Date
  lastSeenAt: number
}

export interface Credential {
  kind: 'session' | 'token'
  secret: string
}

export interface Actors {
  /** Who stands behind a session or token; undefined when it is unknown, expired, incomplete or the account is not active. */
  resolve(credential: Credential, from: { requestId: string; address: string }): Promise<Actor | undefined>
  /** To be called after each commit that touches this person's access, password, state or sessions; without a person: everyone's. */
  forget(userId?: string): void
}

interface AccessRow {
  userId: string
  name: string
  role: string
  organisationId: string | null
  twoFactor: boolean
  demandsTwoFactor: boolean
  placeCodes: string[]
  communityIds: string[]
}

const accessOf = (
  row: AccessRow,
  permissions: ReadonlyMap<Permission, ScopeKind>,
  ids: Pick<Access, 'sessionId' | 'tokenId'>,
): Access => ({
  userId: row.userId,
  name: row.name,
  role: row.role as Role,
  organisationId: row.organisationId,
  permissions,
  placeCodes: row.placeCodes,
  communityIds: row.communityIds,
  ...ids,
  mustSetUpTwoFactor: row.demandsTwoFactor && !row.twoFactor,
})

export function createActors({ db, clock, log }: Pick<ModuleDeps, 'db' | 'clock' | 'log'>): Actors {
  const kept = new Map<string, Kept>()
  // A look-up that began before a change must not be kept after it.
  let changes = 0

  async function look(credential: Credential, now: Date): Promise<Kept | undefined> {
    const tokenHash = hashSecret(credential.secret)
    const until = now.getTime() + keptFor
    if (credential.kind === 'session') {
      const row = await findSessionAccess(db, tokenHash, now)
      if (!row) return undefined
      const access = accessOf(row, resolvePermissions(row.role, row.grants), { sessionId: row.id, tokenId: null })
      const ends = Math.min(until, row.expiresAt.getTime())
      return { access, until: ends, createdAt: row.createdAt, lastSeenAt: row.lastSeenAt.getTime() }
    }
    const row = await findTokenAccess(db, tokenHash, now)
    if (!row) return undefined
    const carried = narrowPermissions(resolvePermissions(row.role, row.grants), row.carried)
    const access = accessOf(row, carried, { sessionId: null, tokenId: row.id })
    const ends = Math.min(until, row.expiresAt.getTime())
    return { access, until: ends, createdAt: now, lastSeenAt: row.lastSeenAt?.getTime() ?? 0 }
  }

  async function noteSeen(found: Kept, now: Date): Promise<void> {
    found.lastSeenAt = now.getTime()
    const { sessionId, tokenId } = found.access
    try {
      await db.transact(async (tx) => {
        if (sessionId) await markSessionSeen(tx, sessionId, now, expiryAt(found.createdAt, now))
        if (tokenId) await markTokenUsed(tx, tokenId, now)
      })
    } catch (error) {
      log.warn({ err: error }, 'last use of a session was not written')
    }
  }

  return {
    async resolve(credential, { requestId, address }) {
      const now = clock.now()
      const key = `${credential.kind} ${credential.secret}`
      let found = kept.get(key)
      if (!found || found.until <= now.getTime()) {
        const before = changes
        found = await look(credential, now)
        kept.delete(key)
        if (!found) return undefined
        if (before === changes) {
          if (kept.size >= keptMost) kept.delete(kept.keys().next().value as string)
          kept.set(key, found)
        }
      }
      if (now.getTime() - found.lastSeenAt >= seenEvery) await noteSeen(found, now)
      return { ...found.access, requestId, address }
    },
    forget(userId) {
      changes += 1
      if (userId === undefined) return kept.clear()
      for (const [key, { access }] of kept) if (access.userId === userId) kept.delete(key)
    },
  }
}
