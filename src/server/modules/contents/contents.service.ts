import { Readable } from 'node:stream'
import { v5 as uuidv5 } from 'uuid'
import type { Tx } from '#server/platform/db.ts'
import { AppError } from '#server/platform/errors.ts'
import type { JobContext } from '#server/platform/jobs.ts'
import type { ModuleDeps } from '#server/platform/module.ts'
import { type Scanner, ScannerAway } from '#server/platform/scanner.ts'
import type { StoredObject } from '#server/platform/storage.ts'
import { listAdministrators } from '../identity/index.ts'
import { examineContent, sendInfectedLetter } from './contents.jobs.ts'
import { countWaiting, listDue } from './contents.reads.ts'
import {
  findFacts,
  insertFacts,
  markCleared,
  markFailed,
  markInfected,
  markLooked,
  markRead,
  markShown,
  type Thumbnail,
} from './contents.repo.ts'
import { expectedOf, isWaiting, readingOf, tidyText } from './contents.rules.ts'
import type { Answer } from './reading/limits.ts'
import { ReaderDied, type Readers } from './reading/readers.ts'

export interface ContentsDeps
  extends Pick<ModuleDeps, 'db' | 'clock' | 'storage' | 'enqueue' | 'security' | 'config' | 'log'> {
  /** Makes the text findable in the files that have this content. */
  textRead(tx: Tx, sha256: string, text: string | null): Promise<void>
}

/** No thumbnail comes near. */
const mostThumbnailBytes = 16 * 1_048_576
const mostAtOnce = 5_000

const scannerWords = 'The virus scanner does not answer. The file can be opened once it was looked at.'
const diedWords: Record<ReaderDied['why'], string> = {
  time: 'It takes too long to open.',
  memory: 'It needs too much memory to open.',
  crash: 'It cannot be opened: it is damaged.',
}

export type ContentsService = ReturnType<typeof contentsService>

/** Finds out about content: whether it is clean, what it looks like, what stands in it. */
export function contentsService(
  { db, clock, storage, enqueue, security, textRead }: ContentsDeps,
  scanner: Scanner | undefined,
  readers: Readers,
) {
  type Context = Pick<JobContext, 'log' | 'signal' | 'lastTry'>

  /** @returns whether it may be opened now */
  async function scan(sha256: string, { log, signal, lastTry }: Context): Promise<boolean> {
    if (!scanner) {
      await db.transact((tx) => markCleared(tx, sha256, 'unneeded', clock.now()))
      return true
    }
    try {
      const { stream } = await storage.read(sha256)
      const verdict = await scanner.scan(stream, signal)
      if (verdict.is === 'clean') {
        await db.transact((tx) => markCleared(tx, sha256, 'clean', clock.now()))
        return true
      }
      if (verdict.is === 'infected') await quarantine(sha256, verdict.finding)
      else {
        log.warn({ sha256, why: verdict.why }, 'content is not cleared')
        await db.transact((tx) => markLooked(tx, sha256, { problem: verdict.why, inVain: true }, clock.now()))
      }
      return false
    } catch (error) {
      if (!(error instanceof ScannerAway)) throw error
      // One that is there for others breaks off over this content: it need not be asked every five minutes, for ever.
      const isThere =
        lastTry &&
        (await scanner.ping().then(
          () => true,
          () => false,
        ))
      await db.transact((tx) => markLooked(tx, sha256, { problem: scannerWords, inVain: isThere }, clock.now()))
      // It goes on waiting, without being a job that failed: somebody may look for the scanner, not for each file.
      if (!lastTry) throw error
      log.warn({ err: error, sha256 }, 'content waits for the scanner')
      return false
    }
  }

  async function quarantine(sha256: string, finding: string): Promise<void> {
    const isNews = await db.transact(async (tx) => {
      if (!(await markInfected(tx, sha256, finding, clock.now()))) return false
      await textRead(tx, sha256, null)
      for (const { id } of await listAdministrators(tx))
        await enqueue(tx, sendInfectedLetter, { userId: id, sha256 }, uuidv5(`infected ${sha256}`, id))
      return true
    })
    if (isNews) security.record('infected_file', { sha256, finding })
  }

  async function keepAnswer(sha256: string, answer: Answer): Promise<void> {
    if ('refused' in answer) return db.transact((tx) => markFailed(tx, sha256, answer.refused, clock.now()))
    if ('text' in answer) {
      const text = tidyText(answer.text.text)
      return db.transact(async (tx) => {
        await markRead(tx, sha256, { text, pages: answer.text.pages }, clock.now())
        await textRead(tx, sha256, text === '' ? null : text)
      })
    }
    const thumbnails: Thumbnail[] = []
    for (const { size, data, width, height } of answer.picture.thumbnails) {
      const kept = await storage.keep(Readable.from([Buffer.from(data)]), { maxBytes: mostThumbnailBytes })
      thumbnails.push({ size, sha256: kept.sha256, width, height })
    }
    const { width, height } = answer.picture
    await db.transact((tx) => markShown(tx, sha256, { width, height, thumbnails }, clock.now()))
  }

  async function read(sha256: string, mediaType: string, { log, signal, lastTry }: Context): Promise<void> {
    const reading = readingOf(mediaType)
    if (!reading) return db.transact((tx) => markFailed(tx, sha256, diedWords.crash, clock.now()))
    const { path, release } = await storage.openLocal(sha256)
    try {
      await keepAnswer(sha256, await readers.read({ path, reading }, signal))
    } catch (error) {
      if (!(error instanceof ReaderDied) || !lastTry) throw error
      log.warn({ err: error, sha256 }, 'content cannot be read')
      await db.transact((tx) => markFailed(tx, sha256, diedWords[error.why], clock.now()))
    } finally {
      await release()
    }
  }

  return {
    /** Begins to find out about content, once. Its facts have a row when this returns; harmless when called again. */
    async expect(tx: Tx, object: StoredObject): Promise<void> {
      const facts = expectedOf(object.mediaType, scanner !== undefined)
      const isNew = await insertFacts(tx, object, facts, clock.now())
      if (isNew && isWaiting(facts)) await enqueue(tx, examineContent, { sha256: object.sha256 })
    },

    /** What was found out before is kept; what still waits is found out. */
    async examine(sha256: string, context: Context): Promise<void> {
      const found = await findFacts(db, sha256)
      // Forgotten meanwhile, with its object.
      if (!found || !isWaiting(found)) return
      try {
        if (found.scan === 'infected' || (found.scan === 'unscanned' && !(await scan(sha256, context)))) return
        if (found.thumbnails === 'waiting' || found.text === 'waiting') await read(sha256, found.mediaType, context)
      } catch (error) {
        if (!context.lastTry || !(error instanceof AppError)) throw error
        // The store is away, or has lost it: that says nothing about the content.
        context.log.warn({ err: error, sha256 }, 'content waits for its store')
        await db.transact((tx) => markLooked(tx, sha256, { problem: error.message, inVain: true }, clock.now()))
      }
    },

    /** @returns how many are looked at again */
    async examineWaiting(): Promise<number> {
      const canScan = await (scanner?.ping() ?? Promise.resolve()).then(
        () => true,
        () => false,
      )
      return db.transact(async (tx) => {
        const due = await listDue(tx, clock.now(), canScan, mostAtOnce)
        for (const sha256 of due) await enqueue(tx, examineContent, { sha256 })
        return due.length
      })
    },

    countWaiting: () => countWaiting(db),
  }
}
