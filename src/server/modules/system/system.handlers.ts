import { handles, type JobRegistration } from '#server/platform/jobs.ts'
import type { ModuleDeps } from '#server/platform/module.ts'
import { tidySystem } from './system.jobs.ts'
import { removeOld } from './system.repo.ts'

const hour = 3_600_000
/** A day of charts, and one hour more for their left edge. */
const samplesKept = 25 * hour
const eventsKept = 30 * 24 * hour

export const systemHandlers = ({ db, clock }: ModuleDeps): JobRegistration[] => [
  handles(tidySystem, async (_payload, { log }) => {
    const now = clock.now().getTime()
    const before = { samples: new Date(now - samplesKept), events: new Date(now - eventsKept) }
    log.info(await db.transact((tx) => removeOld(tx, before)), 'old figures and security events removed')
  }),
]
