/** What a supervised process tells its supervisor. */
export type ChildMessage =
  | { type: 'ready' }
  /** Once a second while its event loop turns; `ended`: requests or jobs done since it started. */
  | { type: 'beat'; memoryMb: number; ended: number }
  /** A job runs and must have ended at `killAt` (milliseconds since 1970), or the process dies with it. */
  | { type: 'began'; id: string; killAt: number }
  | { type: 'ended'; id: string }

/** What it is told: take nothing new, finish, end. */
export type ParentMessage = { type: 'drain' }
