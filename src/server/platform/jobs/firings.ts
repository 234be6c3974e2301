/** How a schedule met its times. */
export interface FiringState {
  lastAt: Date | null
  nextAt: Date
  /** `missed`: a time has passed and no job was made; `late`: the last job was made long after its time. */
  state: 'waiting' | 'on_time' | 'late' | 'missed'
  /** The time that was missed or met late. */
  dueAt: Date | null
}

interface Firing {
  /** The next times of the schedule after this one. */
  after(from: Date, count?: number): Date[]
  createdAt: Date
  /** When the last job was made. */
  lastAt: Date | null
  now: Date
  patienceMs: number
}

/** Whether the schedule met its times: the last job against the time before it, and the time after it against the clock. */
export function timeOfFiring({ after, createdAt, lastAt, now, patienceMs }: Firing): FiringState {
  const nextAt = after(now)[0] ?? now
  const due = after(lastAt ?? createdAt)[0]
  if (due && now.getTime() - due.getTime() > patienceMs) return { lastAt, nextAt, state: 'missed', dueAt: due }
  if (!lastAt) return { lastAt, nextAt, state: 'waiting', dueAt: null }
  const met = latestBefore(after, lastAt)
  const isLate = met !== undefined && met > createdAt && lastAt.getTime() - met.getTime() > patienceMs
  return { lastAt, nextAt, state: isLate ? 'late' : 'on_time', dueAt: isLate ? met : null }
}

/** The time of the schedule that a moment belongs to: the schedule is only read forwards, so from one period earlier. */
function latestBefore(after: Firing['after'], moment: Date): Date | undefined {
  const [first, second] = after(moment, 2)
  if (!first || !second) return undefined
  const start = new Date(moment.getTime() - 2 * (second.getTime() - first.getTime()))
  return after(start, 10).findLast((time) => time <= moment)
}
