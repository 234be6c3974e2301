import { Writable } from 'node:stream'
import { expect, it } from 'vitest'
import { createLog } from './log.ts'

it('says of an error its words and those of its cause, and nothing that hangs on it', () => {
  let text = ''
  const sink = new Writable({
    write(chunk, _encoding, done) {
      text += chunk
      done()
    },
  })
  const cause = Object.assign(new Error('connection lost'), { code: '57P01', client: { secretKey: 'cancel-key-1' } })
  const log = createLog({ logLevel: 'info', logFormat: 'json' }, sink)
  log.error({ err: new Error('query failed', { cause }) }, 'job queue')
  log.info({ password: 'pass-2', nested: { token: 'token-3' }, cookie: 'cookie-4' }, 'sign-in')
  expect(text).toContain('query failed')
  expect(text).toContain('"code":"57P01"')
  for (const secret of ['cancel-key-1', 'pass-2', 'token-3', 'cookie-4']) expect(text).not.toContain(secret)
})
