export const storeNames = ['filesystem', 's3'] as const

/** failed: some object has no sound copy; done: only the setting is still to change. */
export const moveStates = ['copying', 'verifying', 'paused', 'failed', 'done', 'switched', 'cancelled'] as const
export type MoveState = (typeof moveStates)[number]

export const damages = ['missing', 'altered'] as const

/** Megabytes a second. */
export const slowestMove = 1
export const fastestMove = 10_000
