import type { MoveState } from '#contract/media.options.ts'
import type { StoreName } from '#server/platform/storage.ts'

export interface MoveFacts {
  target: StoreName
  state: MoveState
  cleanedAt: Date | null
}

export type Deed = 'pause' | 'resume' | 'cancel' | 'cleanup' | 'verify'

const storeWords: Record<StoreName, string> = { filesystem: 'the volume', s3: 'the bucket' }
export const wordsOf = (store: StoreName): string => storeWords[store]
export const otherThan = (store: StoreName): StoreName => (store === 's3' ? 'filesystem' : 's3')

/** The line that makes a move's target the place of files for good. */
export const settingFor = (target: StoreName): string => `USE_S3=${target === 's3' ? 1 : 0}`

const isUnderWay = (state: MoveState): boolean => state !== 'switched' && state !== 'cancelled'

const after: Record<Exclude<Deed, 'cleanup'>, Partial<Record<MoveState, MoveState>>> = {
  pause: { copying: 'paused', verifying: 'paused', paused: 'paused' },
  // What stands as copying or verifying was left by whoever worked on it. Copying finds at once what is left to copy.
  resume: { copying: 'copying', verifying: 'verifying', paused: 'copying', failed: 'copying' },
  cancel: {
    copying: 'cancelled',
    verifying: 'cancelled',
    paused: 'cancelled',
    failed: 'cancelled',
    done: 'cancelled',
  },
  verify: { copying: 'copying', verifying: 'verifying', paused: 'copying', failed: 'copying', done: 'verifying' },
}

/** The state after it; or why not, in words for whoever asked. */
export function stateAfter(deed: Exclude<Deed, 'cleanup'>, { state }: MoveFacts): MoveState | { why: string } {
  const next = after[deed][state]
  if (next) return next
  if (state === 'cancelled') return { why: 'This move was cancelled: start a new one.' }
  if (state === 'switched') return { why: 'This move is over. To move files back, start a move to the other store.' }
  if (state === 'done') return { why: 'Everything is moved and verified already.' }
  return { why: `A move that is ${state} cannot be paused.` }
}

/** What starting a move does to the newest one. */
export type Start = { deed: 'begin'; cancels: boolean } | { deed: 'resume' } | { deed: 'refuse'; why: string }

export function startOver(newest: MoveFacts | undefined, target: StoreName): Start {
  if (!newest || !isUnderWay(newest.state)) return { deed: 'begin', cancels: false }
  if (newest.target === target)
    return newest.state === 'done'
      ? {
          deed: 'refuse',
          why: `Everything is in ${wordsOf(target)} and verified. Set ${settingFor(target)} and restart or reload OBCMS.`,
        }
      : { deed: 'resume' }
  // The way back: all is in both stores, so nothing has to be given up first.
  if (newest.state === 'done') return { deed: 'begin', cancels: true }
  return {
    deed: 'refuse',
    why: `A move to ${wordsOf(newest.target)} is under way (${newest.state}). Let it end, or cancel it first: obcms media cancel.`,
  }
}

/** Undefined: the copies in the other store may go. */
export function whyNoCleanup(move: MoveFacts | undefined, preferred: StoreName): string | undefined {
  if (!move) return 'No files were moved: there is nothing to clean up.'
  if (move.state !== 'switched')
    return move.state === 'done'
      ? `Set ${settingFor(move.target)} and restart or reload OBCMS first; then clean up.`
      : `The newest move is ${move.state}: copies are removed only after a move that is over.`
  if (move.target !== preferred)
    return `Files were moved to ${wordsOf(move.target)}, but ${settingFor(preferred)} is set. Set ${settingFor(move.target)} first, or move the files back: obcms media migrate --to ${preferred}.`
  return undefined
}

/** A process with this setting has begun: the move is over. */
export const isSwitched = (move: MoveFacts | undefined, preferred: StoreName): boolean =>
  move?.state === 'done' && move.target === preferred

/** The one who works says so each second or two; after so long without it another takes over. */
export const leaseMs = 15_000
export const isWorkedOn = ({ worker, beatAt }: { worker: string | null; beatAt: Date }, now: Date): boolean =>
  worker !== null && now.getTime() - beatAt.getTime() < leaseMs

export interface Amount {
  objects: number
  bytes: number
}
export interface Figures {
  total: Amount
  copied: Amount
  verified: Amount
}

/** Seconds until everything is copied and verified, at a speed in bytes a second. Null: nothing says how long. */
export const secondsLeft = ({ total, copied, verified }: Figures, speed: number): number | null =>
  speed > 0 ? Math.max(0, Math.round((total.bytes * 2 - copied.bytes - verified.bytes) / speed)) : null

/** Undefined: it fits. */
export function whyNoRoom(
  missing: Amount,
  room: { freeBytes: number } | undefined,
  reserveBytes: number,
): string | undefined {
  if (!room || missing.bytes + reserveBytes <= room.freeBytes) return undefined
  const megabytes = (bytes: number) => `${Math.ceil(bytes / 1_000_000).toLocaleString('en')} MB`
  return `${megabytes(missing.bytes)} are to be copied and ${megabytes(reserveBytes)} must stay free (FILE_RESERVE_MB), but only ${megabytes(room.freeBytes)} are free.`
}

const day = 86_400_000
/** Content that nothing uses is kept so long: it may have been let go by mistake. */
export const graceDays = 7
/** Bytes that belong to nothing are left alone so long: whoever wrote them may still be at it. */
export const strayMs = day
/** A killed move leaves a hundred or so. A store of which more than a tenth is unknown is another one's, or the database is. */
export const areTooManyStrays = (found: { known: number; strays: number }): boolean =>
  found.strays > 500 && found.strays * 10 > found.known

/** Copies are read again so often, as far as a night's time allows. What leaves a bucket usually costs money. */
const scrubEveryDays: Record<StoreName, number> = { filesystem: 7, s3: 30 }
export const dueBefore = (store: StoreName, now: Date): Date => new Date(now.getTime() - scrubEveryDays[store] * day)
export const scrubBytesPerSecond = 20_000_000
export const scrubSeconds = 7_200

export const graceEndedBefore = (now: Date): Date => new Date(now.getTime() - graceDays * day)
