const minutes = 60_000
const hours = 60 * minutes
const days = 24 * hours

/** A session ends after ten hours without use, and fourteen days after sign-in at the latest. */
export const idleLimit = 10 * hours
export const sessionLimit = 14 * days
/** Time for the second step of sign-in. */
export const partialLimit = 10 * minutes
/** Being seen is written at most this often, so that reading stays reading. */
export const seenEvery = 5 * minutes

export const expiryAt = (createdAt: Date, now: Date): Date =>
  new Date(Math.min(now.getTime() + idleLimit, createdAt.getTime() + sessionLimit))
