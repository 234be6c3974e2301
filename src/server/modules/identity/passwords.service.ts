import { availableParallelism } from 'node:os'
import { hash, verify } from '@node-rs/argon2'
import { AppError } from '#server/platform/errors.ts'
import { randomSecret } from './secrets.rules.ts'

/** OWASP minimum for argon2id: 19 MiB, two passes, one lane. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** A queue longer than this is some five seconds of work on two cores. */
const longestQueue = 500

/** Both work beside the main thread. @throws AppError `unavailable` when too many wait already */
export interface Passwords {
  hash(password: string): Promise<string>
  /** Takes the same time without a hash to compare with: a name that has none costs a verification too. */
  verify(passwordHash: string | null, password: string): Promise<boolean>
}

/** One person's keyboard may send é as one sign or as two. */
const normal = (password: string): string => password.normalize('NFKC')

/** So many at once as there are cores: more fight for memory (9.5 ms of CPU each with two on two cores, 13 ms with four). */
function inTurn(slots: number) {
  let free = slots
  const waiting: (() => void)[] = []
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (free > 0) free -= 1
    else {
      if (waiting.length >= longestQueue)
        throw new AppError('unavailable', 'Very many people sign in at this moment. Try again in a few seconds.', {
          retryAfter: 5,
        })
      await new Promise<void>((resolve) => waiting.push(resolve))
    }
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else free += 1
    }
  }
}

export function argonPasswords(): Passwords {
  const take = inTurn(availableParallelism())
  let nobody: Promise<string> | undefined
  return {
    hash: (password) => take(() => hash(normal(password), cost)),
    verify(passwordHash, password) {
      return take(async () => {
        nobody ??= hash(randomSecret(), cost)
        const matches = await verify(passwordHash ?? (await nobody), normal(password))
        return passwordHash !== null && matches
      })
    },
  }
}
