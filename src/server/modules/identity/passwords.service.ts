import { hash, verify } from '@node-rs/argon2'
import { randomSecret } from './secrets.rules.ts'

/** OWASP minimum for argon2id: 19 MiB, two passes, one lane. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** Both work beside the main thread. */
export interface Passwords {
  hash(password: string): Promise<string>
  /** Takes the same time without a hash to compare with: a name that has none costs a verification too. */
  verify(passwordHash: string | null, password: string): Promise<boolean>
}

/** One person's keyboard may send é as one sign or as two. */
const normal = (password: string): string => password.normalize('NFKC')

export function argonPasswords(): Passwords {
  let nobody: Promise<string> | undefined
  return {
    hash: (password) => hash(normal(password), cost),
    async verify(passwordHash, password) {
      nobody ??= hash(randomSecret(), cost)
      const matches = await verify(passwordHash ?? (await nobody), normal(password))
      return passwordHash !== null && matches
    },
  }
}
