import type { Reader, Tx } from '#server/platform/db.ts'
import { AppError } from '#server/platform/errors.ts'
import type { ModuleDeps } from '#server/platform/module.ts'
import type { ObjectStore } from '#server/platform/storage.ts'
import { findOwnQuota, sumOfOrganisation, sumTotal } from './uploads.reads.ts'
import { lockRoom, sumComing } from './uploads.repo.ts'

const megabyte = 1_048_576
/** A sum is believed for so long, and only while it is far from the limit: adding up 100,000 rows for each photo would cost more than the photo. */
const believedMs = 10_000
const farFromLimit = 0.9
/** Of larger files the sum is always added up: other processes may have announced some since. */
const believedBytes = 16 * megabyte

export interface Room {
  /**
   * @param tx the transaction that begins the upload; undefined: none is open yet, and none is opened where nothing is to be added up
   * @throws AppError `quota_exceeded`, `storage_full`
   */
  take(tx: Tx | undefined, upload: { bytes: number; organisationId: string | null; store: ObjectStore }): Promise<void>
  /** @throws AppError `storage_full` when the volume is nearly full */
  assertNotFull(store: ObjectStore, more?: number): Promise<void>
  look(organisationId: string | null): Promise<{
    organisation: { used: number; allowed: number } | null
    total: { used: number; allowed: number | null }
    full: boolean
  }>
}

export function uploadRoom({ db, config, storage }: Pick<ModuleDeps, 'db' | 'config' | 'storage'>): Room {
  const believed = new Map<string, { value: number; at: number }>()
  const reserve = config.fileReserveMb * megabyte
  const total = config.fileQuotaMb === 0 ? undefined : config.fileQuotaMb * megabyte

  const recall = (key: string): { value: number } | undefined => {
    const found = believed.get(key)
    return found && performance.now() - found.at < believedMs ? found : undefined
  }
  const note = (key: string, value: number): number => {
    if (believed.size > 1_000) believed.clear()
    believed.set(key, { value, at: performance.now() })
    return value
  }

  async function allowedTo(reader: Reader, organisationId: string): Promise<number | undefined> {
    const own = await findOwnQuota(reader, organisationId)
    return own ?? (config.organisationQuotaMb === 0 ? undefined : config.organisationQuotaMb * megabyte)
  }

  async function assertRoom(
    tx: Tx | undefined,
    of: string,
    bytes: number,
    allowed: number,
    sum: (reader: Tx) => Promise<number>,
    refusal: (left: number) => string,
  ): Promise<void> {
    const rough = recall(of)
    if (rough && bytes <= believedBytes && rough.value + bytes < allowed * farFromLimit) {
      rough.value += bytes
      return
    }
    const addUp = async (counting: Tx) => {
      await lockRoom(counting, of)
      const used = await sum(counting)
      if (used + bytes > allowed)
        throw new AppError('quota_exceeded', refusal(Math.max(0, allowed - used)), { used, allowed, bytes })
      note(of, used + bytes)
    }
    await (tx ? addUp(tx) : db.transact(addUp))
  }

  async function comingTo(reader: Reader, store: ObjectStore): Promise<number> {
    const key = `coming ${store.name}`
    return recall(key)?.value ?? note(key, await sumComing(reader, store.name))
  }

  async function isFull(store: ObjectStore, more: number): Promise<boolean> {
    const volume = await store.room()
    return volume !== undefined && volume.freeBytes - more < reserve
  }

  async function assertNotFull(store: ObjectStore, more = 0): Promise<void> {
    if (!(await isFull(store, more))) return
    throw new AppError(
      'storage_full',
      'There is no room for new files at the moment; everything else works. What has arrived is safe. Tell an administrator, and send the file again when there is room.',
    )
  }

  const inMb = (bytes: number): string => `${Math.floor(bytes / megabyte)} MB`

  return {
    assertNotFull,

    async take(tx, { bytes, organisationId, store }) {
      // On the transaction's own connection, where there is one: beginnings that each wait for a second one would wait for each other.
      const reader = tx ?? db
      await assertNotFull(store, bytes + (await comingTo(reader, store)))
      if (total !== undefined)
        await assertRoom(
          tx,
          'total',
          bytes,
          total,
          sumTotal,
          (left) => `The room for all files is used up: ${inMb(left)} are left. Tell an administrator.`,
        )
      const allowed = organisationId === null ? undefined : await allowedTo(reader, organisationId)
      if (organisationId !== null && allowed !== undefined)
        await assertRoom(
          tx,
          organisationId,
          bytes,
          allowed,
          (reader) => sumOfOrganisation(reader, organisationId),
          (left) => `Your organisation’s room for files is used up: ${inMb(left)} are left. Ask the office for more.`,
        )
      const coming = recall(`coming ${store.name}`)
      if (coming) coming.value += bytes
    },

    async look(organisationId) {
      const allowed = organisationId === null ? undefined : await allowedTo(db, organisationId)
      return {
        organisation:
          organisationId === null || allowed === undefined
            ? null
            : { used: await sumOfOrganisation(db, organisationId), allowed },
        total: { used: await sumTotal(db), allowed: total ?? null },
        full: await isFull(await storage.target(), 0),
      }
    },
  }
}
