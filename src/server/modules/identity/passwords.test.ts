import { expect, test } from 'vitest'
import { argonPasswords } from './passwords.service.ts'

const password = 'kalabaw tubig bintana lapis'

test('a hash is argon2id at the OWASP minimum, salted, and matches its password only', async () => {
  const passwords = argonPasswords()
  const [one, two] = await Promise.all([passwords.hash(password), passwords.hash(password)])
  expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  expect(one).not.toBe(two)
  expect(await passwords.verify(one, password)).toBe(true)
  expect(await passwords.verify(one, `${password} `)).toBe(false)
  expect(await passwords.verify(null, password)).toBe(false)
})

test('a crowd is served in turn, and refused with a clear code when it grows too long', async () => {
  const passwords = argonPasswords()
  // The lightest hash there is, so that a crowd takes no time.
  const light = '$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
  const crowd = await Promise.allSettled(Array.from({ length: 800 }, () => passwords.verify(light, password)))
  const refused = crowd.filter((one) => one.status === 'rejected')
  expect(crowd.length - refused.length).toBeGreaterThanOrEqual(500)
  expect(refused.length).toBeGreaterThan(0)
  for (const { reason } of refused) expect(reason).toMatchObject({ code: 'unavailable', details: { retryAfter: 5 } })
  expect(await passwords.verify(light, password)).toBe(false)
})
