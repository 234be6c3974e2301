import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTransport } from 'nodemailer'
import { v7 as uuidv7 } from 'uuid'
import type { Clock } from './clock.ts'

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

export const smtpMail = (url: string, from: string): Mail => {
  const transport = createTransport(url, { from })
  return {
    send: async (letter) => {
      await transport.sendMail(letter)
    },
  }
}

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
