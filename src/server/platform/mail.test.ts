import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { SMTPServer } from 'smtp-server'
import { afterAll, describe, expect, test } from 'vitest'
import { frozenClock } from '#testing/frozen-clock.ts'
import { folderMail, smtpMail } from './mail.ts'

const letter = { to: 'amina@example.org', subject: 'Ang iyong account', text: 'Magandang araw, Señora Ñora.\n' }

describe('through a mail server', () => {
  const received: { from: string; to: string[]; raw: string }[] = []
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _session, done) =>
      password === 'right' ? done(null, { user: username }) : done(new Error('wrong password')),
    async onData(stream, { envelope }, done) {
      const from = envelope.mailFrom ? envelope.mailFrom.address : ''
      received.push({ from, to: envelope.rcptTo.map(({ address }) => address), raw: await text(stream) })
      done()
    },
  })
  const listening = new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.server.address() as AddressInfo).port))
  })
  const mailAs = async (mailPassword: string) =>
    smtpMail({
      mailHost: '127.0.0.1',
      mailPort: await listening,
      mailUser: 'obcms',
      mailPassword,
      mailStartTls: false,
      mailTls: false,
      mailFrom: 'OBCMS <obcms@example.gov.ph>',
    })
  afterAll(() => new Promise<void>((resolve) => server.close(resolve)))

  test('a letter arrives with its sender, reader and words', async () => {
    await (await mailAs('right')).send(letter)
    expect(received).toHaveLength(1)
    expect(received[0]).toMatchObject({ from: 'obcms@example.gov.ph', to: ['amina@example.org'] })
    expect(received[0]?.raw).toContain('Subject: Ang iyong account')
    expect(received[0]?.raw).toContain('Se=C3=B1ora =C3=91ora')
  })

  test('a refusal is an error, so that the job tries again', async () => {
    await expect((await mailAs('wrong')).send(letter)).rejects.toThrow()
    expect(received).toHaveLength(1)
  })
})

test('in development letters are files that only we may read, newest first', async () => {
  const dir = join(mkdtempSync(join(tmpdir(), 'obcms-mail-')), 'mail')
  const clock = frozenClock()
  const mail = folderMail(dir, clock)
  expect(await mail.listKept?.()).toEqual([])
  await mail.send(letter)
  clock.pass(60)
  await mail.send({ ...letter, subject: 'Second' })
  expect((await mail.listKept?.())?.map(({ subject }) => subject)).toEqual(['Second', letter.subject])
  for (const file of readdirSync(dir)) expect(statSync(join(dir, file)).mode & 0o777).toBe(0o600)
  rmSync(dir, { recursive: true })
})
