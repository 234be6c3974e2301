/** What a supervised process tells its supervisor. */
export type ChildMessage =
  | { type: 'ready' }
  /** It cannot start; the supervisor says why. */
  | { type: 'failed'; sentence: string }
  /** Once a second while its event loop turns; `ended`: requests or jobs done since it started. */
  | { type: 'beat'; memoryMb: number; ended: number }
  /** A job runs and must have ended at `killAt` (milliseconds since 1970), or the process dies with it. */
  | { type: 'began'; id: string; killAt: number }
  | { type: 'ended'; id: string }
  /** It listens no more. */
  | { type: 'closed' }

/** What it is told. */
export type ParentMessage =
  /** Take nothing new, finish, end. `all`: the whole service ends, not this process alone. */
  | { type: 'drain'; all: boolean }
  /** No process listens any more: a client that is sent away now is refused, not cut off. */
  | { type: 'release' }
