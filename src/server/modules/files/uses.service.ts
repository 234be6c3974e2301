import type { fileDeeds } from '#contract/files.options.ts'
import type { Actor } from '#server/platform/actor.ts'
import { audit } from '#server/platform/audit.ts'
import type { ModuleDeps } from '#server/platform/module.ts'
import type { FoundFile } from './files.reads.ts'
import { insertUse } from './uses.repo.ts'

type Deed = (typeof fileDeeds)[number]

export type UsesService = ReturnType<typeof usesService>

/** Who looked at or took a file. */
export function usesService({ db, clock, log }: Pick<ModuleDeps, 'db' | 'clock' | 'log'>) {
  return {
    /**
     * Once for a person, deed and hour. What is restricted or personal leaves only with an entry in the trail; for the rest a list
     * that cannot be written keeps nobody from his file.
     */
    async record(actor: Actor, file: FoundFile, deed: Deed): Promise<void> {
      const use = {
        fileId: file.id,
        userId: actor.userId,
        shareId: null,
        deed,
        at: clock.now(),
        address: actor.address,
      }
      if (file.confidentiality !== 'restricted' && deed !== 'original') {
        await db
          .transact((tx) => insertUse(tx, use))
          .catch((err: unknown) => {
            log.error({ err, fileId: file.id }, 'a use of a file could not be written down')
          })
        return
      }
      await db.transact(async (tx) => {
        if (!(await insertUse(tx, use))) return
        await audit(tx, clock, actor, {
          action: `file.${deed === 'original' ? 'original_taken' : deed}`,
          subject: { type: 'file', id: file.id },
          after: { name: file.name, confidentiality: file.confidentiality },
        })
      })
    },
  }
}
