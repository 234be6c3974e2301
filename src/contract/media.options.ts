export const storeNames = ['filesystem', 's3'] as const

/** failed: some object has no sound copy; done: only the setting is still to change. */
export const moveStates = ['copying', 'verifying', 'paused', 'failed', 'done', 'switched', 'cancelled'] as const
export type MoveState = (typeof moveStates)[number]

export const damages = ['missing', 'altered'] as const

interface Amount {
  objects: number
  bytes: number
}
/** An object costs a store some time whatever its size: as much as this many bytes. */
const bytesPerObject = 64 * 1024
const weigh = ({ objects, bytes }: Amount): number => bytes + objects * bytesPerObject
/** Used before anything was measured; an ordinary volume and line do more. */
export const assumedBytesPerSecond = 20_000_000

/** About how long a move takes that copies what is missing and reads everything once more. */
export const guessSeconds = (missing: Amount, kept: Amount, limit: number | null): number =>
  Math.round((weigh(missing) + weigh(kept)) / Math.min(limit ?? assumedBytesPerSecond, assumedBytesPerSecond))

/** Megabytes a second. */
export const slowestMove = 1
export const fastestMove = 10_000
