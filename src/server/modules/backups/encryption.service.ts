import { createHmac } from 'node:crypto'
import { Readable } from 'node:stream'
import type { ReadableStream as NodeStream } from 'node:stream/web'
import type { Decrypter, Encrypter } from 'age-encryption'
import type { Config } from '#server/platform/config.ts'
import { AppError } from '#server/platform/errors.ts'
import { BackupError } from './manifests.rules.ts'

/** Makes a stream unreadable for strangers, in the format of `age`, and readable again. Bounded memory, whatever the size. */
export interface Seal {
  kind: 'passphrase' | 'recipients' | 'none'
  seal(plain: Readable): Promise<Readable>
  /** @throws BackupError when the key does not fit or the beginning is damaged; damage further on ends the stream with an error */
  open(sealed: Readable, what: string): Promise<Readable>
}

/** 23 MB of memory that only backups need. */
const age = () => import('age-encryption')

const toWeb = (stream: Readable) => Readable.toWeb(stream) as unknown as ReadableStream<Uint8Array>
const fromWeb = (stream: ReadableStream<Uint8Array>) => Readable.fromWeb(stream as unknown as NodeStream)

function ageSeal(
  kind: Seal['kind'],
  encrypter: Encrypter | undefined,
  decrypter: Decrypter | undefined,
  lacking: string,
): Seal {
  return {
    kind,
    async seal(plain) {
      if (!encrypter) throw new BackupError(lacking)
      return fromWeb(await encrypter.encrypt(toWeb(plain)))
    },
    async open(sealed, what) {
      if (!decrypter) throw new BackupError(lacking)
      try {
        return fromWeb(await decrypter.decrypt(toWeb(sealed)))
      } catch (cause) {
        sealed.destroy()
        if (cause instanceof BackupError || cause instanceof AppError) throw cause
        const { message } = cause as Error
        if (/no identity matched/.test(message))
          throw new BackupError(`${what} was encrypted with another key: ${lacking}`, { cause })
        throw new BackupError(`${what} is damaged (${message}): take another backup.`, { cause })
      }
    },
  }
}

export const noSeal: Seal = { kind: 'none', seal: async (plain) => plain, open: async (sealed) => sealed }

type Keys = Pick<Config, 'backupPassphrase' | 'backupRecipients' | 'backupIdentity'>

/** What opens a backup as a whole, as the settings say. */
export async function outerSeal({ backupPassphrase, backupRecipients, backupIdentity }: Keys): Promise<Seal> {
  if (!backupPassphrase && backupRecipients.length === 0 && !backupIdentity) return noSeal
  const { Decrypter, Encrypter } = await age()
  if (backupPassphrase) {
    const [encrypter, decrypter] = [new Encrypter(), new Decrypter()]
    encrypter.setPassphrase(backupPassphrase)
    decrypter.addPassphrase(backupPassphrase)
    return ageSeal('passphrase', encrypter, decrypter, 'set BACKUP_PASSPHRASE to the one that it was made with.')
  }
  const encrypter = backupRecipients.length > 0 ? new Encrypter() : undefined
  for (const recipient of backupRecipients) encrypter?.addRecipient(recipient)
  const decrypter = backupIdentity ? new Decrypter() : undefined
  if (backupIdentity) decrypter?.addIdentity(backupIdentity)
  return ageSeal('recipients', encrypter, decrypter, 'set BACKUP_IDENTITY to the secret key of one of its recipients.')
}

/** For what a backup consists of: many files, each without the slow step that makes a key of a passphrase. */
export async function innerSeal(secret: string): Promise<Seal> {
  const { Decrypter, Encrypter, identityToRecipient } = await age()
  const [encrypter, decrypter] = [new Encrypter(), new Decrypter()]
  encrypter.addRecipient(await identityToRecipient(secret))
  decrypter.addIdentity(secret)
  return ageSeal('recipients', encrypter, decrypter, 'its manifest does not belong to it.')
}

export const newSecret = async (): Promise<string> => (await age()).generateX25519Identity()

/** A pair for BACKUP_IDENTITY and BACKUP_RECIPIENTS. */
export async function newKeyPair(): Promise<{ identity: string; recipient: string }> {
  const { generateX25519Identity, identityToRecipient } = await age()
  const identity = await generateX25519Identity()
  return { identity, recipient: await identityToRecipient(identity) }
}

const chunk = 65_536
const tag = 16

/** How long sealed content is. */
export async function sealedLength(seal: Seal): Promise<(bytes: number) => number> {
  if (seal.kind === 'none') return (bytes) => bytes
  let empty = 0
  for await (const part of await seal.seal(Readable.from([]))) empty += (part as Uint8Array).length
  return (bytes) => empty + bytes + tag * (Math.max(1, Math.ceil(bytes / chunk)) - 1)
}

/** The name of a file's content on the target; whoever has the same file cannot tell that it is there. */
export function nameOfObject(secret: string, sha256: string): string {
  return createHmac('sha256', secret).update(sha256).digest('hex').slice(0, 40)
}

/** Unlike the names in a store of files, which are whole hashes. */
export const isObjectName = (name: string): boolean => /^[0-9a-f]{40}$/.test(name)

export const keyOfObject = (name: string): string => `objects/${name.slice(0, 2)}/${name}`
