import type { OrganisationType } from '#contract/organisations.options.ts'
import type { Actor } from '#server/platform/actor.ts'
import { audit, changedFields } from '#server/platform/audit.ts'
import { pageOf, positionOf } from '#server/platform/cursor.ts'
import { brokenUnique } from '#server/platform/db.ts'
import { AppError } from '#server/platform/errors.ts'
import type { ModuleDeps } from '#server/platform/module.ts'
import { type OnceKey, once } from '#server/platform/once.ts'
import {
  countOrganisations,
  findOrganisation,
  insertOrganisation,
  listOrganisations,
  markOrganisation,
  type OrganisationFilter,
  type OrganisationRecord,
} from './organisations.repo.ts'

const noSuch = (): AppError => new AppError('not_found', 'There is no such organisation.')

const shown = ({ name, acronym, type, active }: OrganisationRecord) => ({ name, acronym, type, active })

/** An empty acronym is none. */
const tidy = <T extends { acronym?: string | null | undefined }>(fields: T): T =>
  fields.acronym === '' ? { ...fields, acronym: null } : fields

async function withUniqueName<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (brokenUnique(error) !== 'organisations_name') throw error
    const message = 'There is an organisation of this name already.'
    throw new AppError('already_exists', message, { fields: [{ path: 'name', message }] }, error)
  }
}

export type OrganisationsService = ReturnType<typeof organisationsService>

export function organisationsService({ db, clock }: Pick<ModuleDeps, 'db' | 'clock'>) {
  return {
    async list({
      cursor,
      limit = 50,
      ...filter
    }: OrganisationFilter & { cursor?: string | undefined; limit?: number | undefined }) {
      const after = positionOf(cursor)
      const rows = await listOrganisations(db, filter, after, limit + 1)
      return { ...pageOf(rows, limit), total: after ? null : await countOrganisations(db, filter) }
    },

    async show(id: string): Promise<OrganisationRecord> {
      const found = await findOrganisation(db, id)
      if (!found) throw noSuch()
      return found
    },

    create(
      actor: Actor,
      input: { name: string; acronym?: string | null | undefined; type: OrganisationType },
      onceKey: OnceKey | undefined,
    ): Promise<string> {
      return withUniqueName(() =>
        db.transact((tx) =>
          once(tx, clock, actor, onceKey, async () => {
            const made = await insertOrganisation(tx, { ...input, acronym: input.acronym || null }, clock.now())
            await audit(tx, clock, actor, {
              action: 'organisation.created',
              subject: { type: 'organisation', id: made.id },
              after: shown(made),
            })
            return made.id
          }),
        ),
      )
    },

    change(
      actor: Actor,
      id: string,
      {
        version,
        ...typed
      }: {
        version: number
        name?: string | undefined
        acronym?: string | null | undefined
        type?: OrganisationType | undefined
        active?: boolean | undefined
      },
    ): Promise<OrganisationRecord> {
      const change = tidy(Object.fromEntries(Object.entries(typed).filter(([, value]) => value !== undefined)))
      return withUniqueName(() =>
        db.transact(async (tx) => {
          const before = await findOrganisation(tx, id)
          if (!before) throw noSuch()
          const after = await markOrganisation(tx, id, version, change, clock.now())
          if (!after)
            throw new AppError('stale_version', 'Someone changed this organisation first. Load it again.', {
              version: before.version,
            })
          await audit(tx, clock, actor, {
            action: 'organisation.changed',
            subject: { type: 'organisation', id },
            ...changedFields(shown(before), shown(after)),
          })
          return after
        }),
      )
    },
  }
}
