import type { Tx } from '#server/platform/db.ts'
import { AppError } from '#server/platform/errors.ts'
import type { ModuleDeps } from '#server/platform/module.ts'
import { networkOf } from '#server/platform/networks.ts'
import { findBlock, insertTry, markBlocked, removeThrottle } from './throttles.repo.ts'
import { type ThrottlePolicy, throttlePolicies, waitAfter } from './throttles.rules.ts'

type Kind = keyof typeof throttlePolicies

/** Growing delays, counted in the database and so across processes. */
export interface Throttles {
  /** Refuses while the address is blocked. @throws AppError `too_many_requests` */
  assertOpen(address: string): Promise<void>
  /** Counts a try before it is made; a success clears it. @throws AppError `too_many_requests` */
  begin(kind: Kind, name: string): Promise<void>
  /** A failure counts against the address. */
  fail(address: string): Promise<void>
  clear(tx: Tx, kind: Kind, name: string): Promise<void>
}

const keyOf = (kind: Kind, name: string): string =>
  `${kind}:${kind === 'address' || kind === 'request' ? networkOf(name) : name}`

export function createThrottles({ db, clock, security }: Pick<ModuleDeps, 'db' | 'clock' | 'security'>): Throttles {
  const refuse = (key: string, until: Date): never => {
    const retryAfter = Math.max(1, Math.ceil((until.getTime() - clock.now().getTime()) / 1000))
    security.record('throttled', { throttle: key.split(':')[0], retryAfter })
    throw new AppError('too_many_requests', `Too many tries. Wait ${retryAfter} seconds and try again.`, { retryAfter })
  }

  async function count(tx: Tx, key: string, policy: ThrottlePolicy): Promise<boolean> {
    const now = clock.now()
    const failures = await insertTry(tx, key, policy, now)
    if (failures === undefined) return false
    const wait = waitAfter(policy, failures)
    if (wait > 0) await markBlocked(tx, key, new Date(now.getTime() + wait * 1000))
    return true
  }

  return {
    async assertOpen(address) {
      const key = keyOf('address', address)
      const until = await findBlock(db, [key], clock.now())
      if (until) refuse(key, until)
    },
    async begin(kind, name) {
      const key = keyOf(kind, name)
      const counted = await db.transact((tx) => count(tx, key, throttlePolicies[kind]))
      if (!counted) refuse(key, (await findBlock(db, [key], clock.now())) ?? clock.now())
    },
    async fail(address) {
      await db.transact((tx) => count(tx, keyOf('address', address), throttlePolicies.address))
    },
    async clear(tx, kind, name) {
      await removeThrottle(tx, keyOf(kind, name))
    },
  }
}
