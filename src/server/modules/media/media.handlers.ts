import type { Language } from '#contract/accounts.options.ts'
import { handles, type JobRegistration } from '#server/platform/jobs.ts'
import type { ModuleDeps } from '#server/platform/module.ts'
import { findAdministrator } from '../identity/index.ts'
import type { Collecting } from './collecting.service.ts'
import { composeDamageLetter } from './letters.rules.ts'
import { cleanUpMedia, collectMedia, moveMedia, scrubMedia, sendDamageLetter } from './media.jobs.ts'
import { findNewestMove } from './media.repo.ts'
import { scrubSeconds } from './media.rules.ts'
import type { Moving } from './moving.service.ts'
import type { Scrubbing } from './scrubbing.service.ts'

type Deps = ModuleDeps & { moving: Moving; scrubbing: Scrubbing; collecting: Collecting }

/** Other jobs of the queue get their turn between two slices. */
const sliceMs = 300_000

export function mediaHandlers({ db, mail, config, enqueue, moving, scrubbing, collecting }: Deps): JobRegistration[] {
  return [
    handles(moveMedia, async ({ moveId }, { signal }) => {
      if ((await findNewestMove(db))?.id !== moveId) return
      const outcome = await moving.work({ signal, enough: AbortSignal.timeout(sliceMs) })
      if (outcome !== 'left') return
      // The process stops: the job is handed to another one.
      signal.throwIfAborted()
      await db.transact((tx) => enqueue(tx, moveMedia, { moveId }))
    }),
    handles(cleanUpMedia, async ({ moveId }, { signal }) => {
      if ((await findNewestMove(db))?.id === moveId) await moving.cleanUp({ signal })
    }),
    handles(collectMedia, async (_payload, { signal }) => {
      await collecting.collect(signal)
    }),
    handles(scrubMedia, async (_payload, { signal }) => {
      await scrubbing.scrub({ signal: AbortSignal.any([signal, AbortSignal.timeout(scrubSeconds * 1_000)]) })
      signal.throwIfAborted()
    }),
    handles(sendDamageLetter, async ({ userId, ...figures }) => {
      const person = await findAdministrator(db, userId)
      if (!person) return
      const facts = { name: person.name, ...figures, baseUrl: config.baseUrl }
      await mail.send({ to: person.email, ...composeDamageLetter(person.language as Language, facts) })
    }),
  ]
}
