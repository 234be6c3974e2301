import { v7 as uuidv7 } from 'uuid'
import type { Permission } from '#contract/access.ts'
import { type CommunitySort, communityStatuses, type ExportFormat } from '#contract/communities.options.ts'
import type {
  ChangeCommunityBody,
  ChangedMeanwhile,
  CommunityFilter,
  CommunityView,
  CreateCommunityBody,
  HistoryEntry,
} from '#contract/communities.ts'
import type { Actor } from '#server/platform/actor.ts'
import { audit, changedFields } from '#server/platform/audit.ts'
import { manilaDay } from '#server/platform/clock.ts'
import type { Tx } from '#server/platform/db.ts'
import { AppError } from '#server/platform/errors.ts'
import type { Download } from '#server/platform/http.ts'
import type { ModuleDeps } from '#server/platform/module.ts'
import { type OnceKey, once } from '#server/platform/once.ts'
import { changedMeanwhile } from '#server/platform/trail.rules.ts'
import type { PlaceRecord, PlacesService } from '../places/index.ts'
import { reachesPlace } from './communities.policy.ts'
import {
  countChanges,
  countCommunities,
  type FoundCommunity,
  findCommunity,
  type ListedCommunity,
  listChanges,
  listChangesSince,
  listCommunities,
  readFigures,
  readMap,
  type Sight,
} from './communities.reads.ts'
import { drawOfficeIds, insertCommunity, markArchived, updateCommunity } from './communities.repo.ts'
import {
  barangayProblem,
  type CommunityInput,
  communityProblems,
  communityWarnings,
  cursorOf,
  figuresOf,
  filled,
  historyOf,
  inputOf,
  positionOf,
} from './communities.rules.ts'
import { createExports } from './exports.service.ts'

const defaultPage = 25

export interface ListRequest extends CommunityFilter {
  sort?: CommunitySort | undefined
  cursor?: string | undefined
  limit?: number | undefined
}

export type CommunitiesService = ReturnType<typeof communitiesService>

export function communitiesService({
  db,
  clock,
  config,
  places,
}: Pick<ModuleDeps, 'db' | 'clock' | 'config'> & { places: PlacesService }) {
  const today = () => manilaDay(clock.now())
  const writer = (actor: Actor) => ({ now: clock.now(), userId: actor.userId })
  const exports = createExports({ db, clock, config })

  const notFound = () => new AppError('not_found', 'There is no such community.')
  const forbidden = (message: string) => new AppError('forbidden', message)

  async function sightOf(actor: Actor, permission: Permission, filter: CommunityFilter): Promise<Sight> {
    const place = filter.place === undefined ? undefined : await places.findPlace(filter.place)
    return { actor, permission, filter, level: place?.level }
  }

  async function find(reader: Parameters<typeof findCommunity>[0], actor: Actor, id: string, locked = false) {
    const found = await findCommunity(reader, actor, id, { locked })
    if (!found) throw notFound()
    return found
  }

  async function staleVersion(
    tx: Tx,
    found: FoundCommunity,
    seen: number,
    sent: Record<string, unknown>,
  ): Promise<AppError> {
    const changed: ChangedMeanwhile[] = changedMeanwhile(await listChangesSince(tx, found.id, seen), sent)
    return new AppError(
      'stale_version',
      'Someone changed this community after you opened it. Compare both, then save.',
      {
        current: viewOf(found),
        changed,
      },
    )
  }

  function assertCurrent(found: FoundCommunity): void {
    if (found.archivedAt !== null)
      throw new AppError('wrong_state', 'This community is archived. Restore it before you change it.')
  }

  /** @throws AppError with every field that is not right */
  async function assertRight(
    actor: Actor,
    permission: 'community.create' | 'community.edit',
    input: CommunityInput,
    movedTo: string | undefined,
  ): Promise<string | undefined> {
    const problems = communityProblems(input, today())
    const place = movedTo === undefined ? undefined : await places.findPlace(movedTo)
    if (movedTo !== undefined) {
      if (place && !reachesPlace(actor, permission, codesOf(place)))
        throw forbidden(`${place.name} is outside the places assigned to you.`)
      const problem = barangayProblem(
        place && { ...place, inBarmm: await places.isInBarmm(place.code, today()) },
        today(),
      )
      if (problem) problems.unshift({ path: 'barangayCode', message: problem })
    }
    if (problems[0]) throw new AppError('invalid_input', problems[0].message, { fields: problems })
    return place?.regionCode
  }

  async function changeState(actor: Actor, id: string, version: number, reason: string | null): Promise<CommunityView> {
    return db.transact(async (tx) => {
      const found = await find(tx, actor, id, true)
      if (!found.may.archive) throw forbidden('Your account may not archive or restore this community.')
      if (found.version !== version) throw await staleVersion(tx, found, version, {})
      const archived = found.archivedAt !== null
      if (archived === (reason !== null))
        throw new AppError(
          'wrong_state',
          archived ? 'This community is already archived.' : 'This community is not archived.',
        )
      await markArchived(tx, id, reason, writer(actor))
      await audit(tx, clock, actor, {
        action: reason === null ? 'community.restored' : 'community.archived',
        subject: { type: 'community', id },
        before: { archived, archiveReason: found.archiveReason },
        after: { archived: !archived, archiveReason: reason, version: version + 1 },
      })
      return viewOf(await find(tx, actor, id))
    })
  }

  return {
    async list(actor: Actor, { sort = 'name', cursor, limit = defaultPage, ...filter }: ListRequest) {
      const after = cursor === undefined ? undefined : positionOf(cursor, sort)
      const sight = await sightOf(actor, 'community.read', filter)
      const [page, total] = await Promise.all([
        listCommunities(db, sight, { sort, limit, after }),
        after ? null : countCommunities(db, sight),
      ])
      return { items: page.items.map(rowOf), nextCursor: page.next && cursorOf(sort, page.next), total }
    },

    async figures(actor: Actor, filter: CommunityFilter) {
      const asOf = clock.now().toISOString()
      return { ...figuresOf(await readFigures(db, await sightOf(actor, 'community.read', filter))), asOf }
    },

    async map(actor: Actor, filter: CommunityFilter) {
      const read = await readMap(db, await sightOf(actor, 'community.read', filter))
      return { statuses: [...communityStatuses], ...read }
    },

    async export(actor: Actor, filter: CommunityFilter, sort: CommunitySort, format: ExportFormat): Promise<Download> {
      return exports.write(await sightOf(actor, 'community.export', filter), sort, format)
    },

    async show(actor: Actor, id: string): Promise<CommunityView> {
      return viewOf(await find(db, actor, id))
    },

    async create(actor: Actor, body: CreateCommunityBody, onceKey: OnceKey | undefined): Promise<CommunityView> {
      return db.transact((tx) =>
        once(tx, clock, actor, onceKey, async () => {
          const regionCode = await assertRight(actor, 'community.create', body, body.barangayCode)
          const [officeId = ''] = await drawOfficeIds(tx, [regionCode ?? ''])
          const id = uuidv7()
          await insertCommunity(tx, { id, officeId, input: body }, writer(actor))
          const made = await findCommunity(tx, actor, id, { any: true })
          if (!made) throw notFound()
          await audit(tx, clock, actor, {
            action: 'community.registered',
            subject: { type: 'community', id },
            after: { officeId, ...filled(inputOf(made)), version: 1 },
          })
          return viewOf(made)
        }),
      )
    },

    async change(actor: Actor, id: string, { version, ...sent }: ChangeCommunityBody): Promise<CommunityView> {
      return db.transact(async (tx) => {
        const found = await find(tx, actor, id, true)
        if (!found.may.edit) throw forbidden('Your account may not change this community.')
        if (found.version !== version) throw await staleVersion(tx, found, version, sent)
        assertCurrent(found)
        const before = inputOf(found)
        const after: CommunityInput = {
          ...before,
          ...sent,
          sitio: sent.sitio === undefined ? before.sitio : sent.sitio || null,
          notes: sent.notes === undefined ? before.notes : sent.notes || null,
        }
        const difference = changedFields(before, after)
        if (Object.keys(difference.after).length === 0) return viewOf(found)
        const movedTo = 'barangayCode' in difference.after ? after.barangayCode : undefined
        await assertRight(actor, 'community.edit', after, movedTo)
        await updateCommunity(tx, id, after, writer(actor))
        await audit(tx, clock, actor, {
          action: 'community.changed',
          subject: { type: 'community', id },
          before: difference.before,
          after: { ...difference.after, version: version + 1 },
        })
        const changed = await findCommunity(tx, actor, id, { any: true })
        if (!changed) throw notFound()
        return viewOf(changed)
      })
    },

    archive: (actor: Actor, id: string, { version, reason }: { version: number; reason: string }) =>
      changeState(actor, id, version, reason),

    restore: (actor: Actor, id: string, { version }: { version: number }) => changeState(actor, id, version, null),

    async history(
      actor: Actor,
      id: string,
      { cursor, limit = defaultPage }: { cursor?: string | undefined; limit?: number | undefined },
    ): Promise<{ items: HistoryEntry[]; nextCursor: string | null; total: number | null }> {
      const before = cursor === undefined ? undefined : positionOf(cursor, 'history')
      const found = await find(db, actor, id)
      if (!found.may.readHistory) throw forbidden('Your account may not see who changed this community.')
      const [changes, total] = await Promise.all([
        listChanges(db, id, { limit: limit + 1, before: before && Number(before.key) }),
        before ? null : countChanges(db, id),
      ])
      const shown = changes.slice(0, limit)
      const codes = shown.flatMap((change) => [change.before.barangayCode, change.after.barangayCode])
      const refs = await places.refsOf(codes.filter((code) => typeof code === 'string'))
      const last = shown.at(-1)
      return {
        items: shown.map((change) => historyOf(change, refs, found.may.readContacts)),
        nextCursor: last && changes.length > limit ? cursorOf('history', { key: last.id, id }) : null,
        total,
      }
    },
  }
}

const codesOf = (place: PlaceRecord): string[] =>
  [place.code, place.cityCode, place.provinceCode, place.regionCode].filter((code) => code !== null)

const rowOf = ({ archivedAt, ...row }: ListedCommunity) => ({ ...row, archived: archivedAt !== null })

function viewOf({ may, ...found }: FoundCommunity): CommunityView {
  const archived = found.archivedAt !== null
  // Who changed a community is for those who may see its history, and for those who must agree on a stale save.
  const seesPeople = may.readHistory || may.edit
  return {
    ...found,
    createdBy: seesPeople ? found.createdBy : null,
    updatedBy: seesPeople ? found.updatedBy : null,
    archived,
    warnings: communityWarnings(found, found.region),
    can: {
      edit: may.edit && !archived,
      archive: may.archive,
      readContacts: may.readContacts,
      editContacts: may.editContacts && !archived,
      readHistory: may.readHistory,
    },
  }
}
