import { v5 as uuidv5 } from 'uuid'
import type { Language } from '#contract/accounts.options.ts'
import { handles, type JobRegistration } from '#server/platform/jobs.ts'
import type { ModuleDeps } from '#server/platform/module.ts'
import { findAdministrator, listAdministrators } from '../identity/index.ts'
import { dailyReport, sendDailyReport } from './reports.jobs.ts'
import { readFigures } from './reports.reads.ts'
import { boundsOf, composeReport, yesterday } from './reports.rules.ts'

export function reportsHandlers({ db, clock, mail, enqueue, config }: ModuleDeps): JobRegistration[] {
  return [
    handles(dailyReport, async () => {
      const day = yesterday(clock.now())
      await db.transact(async (tx) => {
        // One letter a day and person, also when this job runs twice.
        for (const { id } of await listAdministrators(tx))
          await enqueue(tx, sendDailyReport, { userId: id, day }, uuidv5(`daily report ${day}`, id))
      })
    }),
    handles(sendDailyReport, async ({ userId, day }) => {
      const person = await findAdministrator(db, userId)
      if (!person) return
      const { from, to } = boundsOf(day)
      const figures = await readFigures(db, from, to)
      const facts = { name: person.name, day, figures, baseUrl: config.baseUrl }
      await mail.send({ to: person.email, ...composeReport(person.language as Language, facts) })
    }),
  ]
}
