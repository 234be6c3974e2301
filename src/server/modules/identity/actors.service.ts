import { randomUUID } from 'node:crypto'
import type { Permission, Role, ScopeKind } from '#contract/access.ts'
import type { Actor } from '#server/platform/actor.ts'
import type { ModuleDeps } from '#server/platform/module.ts'
import { findPersonAccess, findSessionAccess, findStandingSessions, findTokenAccess } from './actors.reads.ts'
import { narrowPermissions, resolvePermissions } from './actors.rules.ts'
import { hashSecret } from './secrets.rules.ts'
import { markSessionSeen, markTokenUsed } from './sessions.repo.ts'
import { expiryAt, seenEvery } from './sessions.rules.ts'

/** Milliseconds for which access is kept: shortly where another process cannot say that it was withdrawn. */
const keptFor = { alone: 3_000, told: 30_000 }
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
  /** A person as he stands now, for work that goes on without him; undefined when the account is not active. */
  actorOf(userId: string, from: { requestId: string; address: string }): Promise<Actor | undefined>
  /** To be called after each commit that touches this person's access, password, state or sessions; without a person: everyone's. */
  forget(userId?: string): void
  /** Told of each forgetting, by this process or another; after lost messages without a person. */
  whenForgotten(handler: (userId?: string) => void): void
  /** Which of these sessions still stand, without counting as their use. */
  standing(sessionIds: readonly string[]): Promise<Set<string>>
}

const channel = 'access'
const everyone = '*'

interface AccessRow {
  userId: string
  name: string
  role: string
  organisationId: string | null
  twoFactor: boolean
  demandsTwoFactor: boolean
  placeCodes: string[]
  communityIds: string[]
  grantEndsAt: Date | null
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

export function createActors({ db, clock, log, cache }: Pick<ModuleDeps, 'db' | 'clock' | 'log' | 'cache'>): Actors {
  const kept = new Map<string, Kept>()
  // A look-up that began before a change must not be kept after it.
  let changes = 0
  const listeners: ((userId?: string) => void)[] = []

  function forgetHere(userId?: string): void {
    changes += 1
    if (userId === undefined) kept.clear()
    else for (const [key, { access }] of kept) if (access.userId === userId) kept.delete(key)
    for (const listener of listeners) listener(userId)
  }

  const self = randomUUID()
  cache.subscribe(channel, (message) => {
    const [sender, userId] = message.split(' ')
    if (sender !== self) forgetHere(userId === everyone ? undefined : userId)
  })
  // Whatever was said while the line was down was not heard.
  cache.whenChanged((state) => {
    forgetHere()
    // Nor was what this process said meanwhile.
    if (state === 'up') void cache.publish(channel, `${self} ${everyone}`)
  })

  const keptUntil = (now: Date, ...ends: (Date | null)[]): number =>
    Math.min(
      now.getTime() + (cache.isShared && cache.state === 'up' ? keptFor.told : keptFor.alone),
      ...ends.flatMap((end) => (end ? [end.getTime()] : [])),
    )

  async function look(credential: Credential, now: Date): Promise<Kept | undefined> {
    const tokenHash = hashSecret(credential.secret)
    if (credential.kind === 'session') {
      const row = await findSessionAccess(db, tokenHash, now)
      if (!row) return undefined
      const access = accessOf(row, resolvePermissions(row.role, row.grants), { sessionId: row.id, tokenId: null })
      const until = keptUntil(now, row.expiresAt, row.grantEndsAt)
      return { access, until, createdAt: row.createdAt, lastSeenAt: row.lastSeenAt.getTime() }
    }
    const row = await findTokenAccess(db, tokenHash, now)
    if (!row) return undefined
    const carried = narrowPermissions(resolvePermissions(row.role, row.grants), row.carried)
    const access = accessOf(row, carried, { sessionId: null, tokenId: row.id })
    const until = keptUntil(now, row.expiresAt, row.grantEndsAt)
    return { access, until, createdAt: now, lastSeenAt: row.lastSeenAt?.getTime() ?? 0 }
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
    async actorOf(userId, from) {
      const row = await findPersonAccess(db, userId, clock.now())
      if (!row) return undefined
      return { ...accessOf(row, resolvePermissions(row.role, row.grants), { sessionId: null, tokenId: null }), ...from }
    },
    forget(userId) {
      forgetHere(userId)
      void cache.publish(channel, `${self} ${userId ?? everyone}`)
    },
    whenForgotten: (handler) => void listeners.push(handler),
    standing: (sessionIds) => findStandingSessions(db, sessionIds, clock.now()),
  }
}
