/** `failed`: tried in vain and waiting for a decision. */
export const jobStates = ['failed', 'active', 'waiting', 'done'] as const
export type JobState = (typeof jobStates)[number]

export const scheduleStates = ['waiting', 'on_time', 'late', 'missed'] as const
