import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTransport } from 'nodemailer'
import { v7 as uuidv7 } from 'uuid'
import type { Clock } from './clock.ts'
import type { Config } from './config.ts'

export interface Letter {
  to: string
  subject: string
  text: string
}

export interface KeptLetter extends Letter {
  id: string
  at: string
}

export interface Mail {
  send(letter: Letter): Promise<void>
  /** Letters kept in the development folder, newest first; undefined when mail really leaves. */
  listKept?: () => Promise<KeptLetter[]>
}

type MailSettings = Pick<
  Config,
  'mailHost' | 'mailPort' | 'mailUser' | 'mailPassword' | 'mailStartTls' | 'mailTls' | 'mailFrom'
>

/** A server that accepts and never answers must not hold a job for minutes. */
const patience = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 30_000 }

/** What nodemailer needs to reach the mail server; also for asking whether it can be reached. */
export const smtpTransport = (config: MailSettings) =>
  createTransport(
    {
      host: config.mailHost,
      port: config.mailPort,
      secure: config.mailTls,
      requireTLS: config.mailStartTls && !config.mailTls,
      ...(config.mailUser && { auth: { user: config.mailUser, pass: config.mailPassword } }),
      ...patience,
    },
    { from: config.mailFrom },
  )

export const smtpMail = (config: MailSettings): Mail => {
  const transport = smtpTransport(config)
  return {
    send: async (letter) => {
      await transport.sendMail(letter)
    },
  }
}

/** Development: letters are lines on standard output. */
export const consoleMail = (write: (text: string) => void): Mail => ({
  async send({ to, subject, text }) {
    write(`\nTo: ${to}\nSubject: ${subject}\n\n${text}\n`)
  },
})

/** Development: every letter is a file in `dir`. */
export const folderMail = (dir: string, clock: Clock): Mail => ({
  async send(letter) {
    await mkdir(dir, { recursive: true })
    const kept: KeptLetter = { id: uuidv7(), at: clock.now().toISOString(), ...letter }
    await writeFile(join(dir, `${kept.id}.json`), JSON.stringify(kept, null, 2), { mode: 0o600 })
  },
  async listKept() {
    const files = await readdir(dir).catch(() => [] as string[])
    const newest = files
      .filter((file) => file.endsWith('.json'))
      .sort()
      .reverse()
      .slice(0, 100)
    return Promise.all(newest.map(async (file) => JSON.parse(await readFile(join(dir, file), 'utf8')) as KeptLetter))
  },
})
