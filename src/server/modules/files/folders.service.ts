import { v7 as uuidv7 } from 'uuid'
import type { FolderView } from '#contract/files.ts'
import type { Actor } from '#server/platform/actor.ts'
import { audit, changedFields } from '#server/platform/audit.ts'
import { brokenUnique, type Reader } from '#server/platform/db.ts'
import { AppError, invalidField } from '#server/platform/errors.ts'
import type { ModuleDeps } from '#server/platform/module.ts'
import { type OnceKey, once } from '#server/platform/once.ts'
import { tidyName } from './files.rules.ts'
import {
  type FoundFolder,
  findFolder,
  findPath,
  hasOrganisation,
  holdsSomething,
  listFolders,
} from './folders.reads.ts'
import { insertFolder, lockTree, updateFolder } from './folders.repo.ts'

/** So deep that nobody needs it, and a way from the top stays a line. */
const deepest = 20

async function withUniqueName<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (brokenUnique(error) !== 'folders_name') throw error
    const message = 'There is a folder of this name here already.'
    throw new AppError('already_exists', message, { fields: [{ path: 'name', message }] }, error)
  }
}

export type FoldersService = ReturnType<typeof foldersService>

export function foldersService({ db, clock }: Pick<ModuleDeps, 'db' | 'clock'>) {
  async function find(reader: Reader, actor: Actor, id: string, locked = false): Promise<FoundFolder> {
    const found = await findFolder(reader, actor, id, { locked })
    if (!found) throw new AppError('not_found', 'There is no such folder.')
    return found
  }

  const viewOf = async (reader: Reader, found: FoundFolder): Promise<FolderView> => ({
    ...found,
    path: await findPath(reader, found.id),
  })

  /** A folder in which another one may lie. @throws AppError */
  async function parentFor(reader: Reader, actor: Actor, parentId: string): Promise<FoundFolder> {
    const parent = await findFolder(reader, actor, parentId, { locked: true })
    if (!parent) throw invalidField('parentId', 'There is no such folder.')
    if (!parent.can.edit) throw new AppError('forbidden', `Your account may not make folders in ${parent.name}.`)
    if (parent.archived) throw new AppError('wrong_state', `${parent.name} is archived. Restore it first.`)
    return parent
  }

  const tooDeep = () => invalidField('parentId', `Folders lie in each other ${deepest} deep at most.`)

  return {
    async list(
      actor: Actor,
      filter: { parent?: string | undefined; organisation?: string | undefined; archived?: boolean | undefined },
    ) {
      return { items: await listFolders(db, actor, filter) }
    },

    async show(actor: Actor, id: string): Promise<FolderView> {
      return viewOf(db, await find(db, actor, id))
    },

    create(
      actor: Actor,
      body: { name: string; organisationId?: string | null | undefined; parentId?: string | null | undefined },
      onceKey: OnceKey | undefined,
    ): Promise<FolderView> {
      return withUniqueName(() =>
        db.transact((tx) =>
          once(tx, clock, actor, onceKey, async () => {
            await lockTree(tx)
            const parent = body.parentId ? await parentFor(tx, actor, body.parentId) : undefined
            if (
              parent &&
              body.organisationId !== undefined &&
              body.organisationId !== (parent.organisation?.id ?? null)
            )
              throw invalidField('organisationId', 'A folder belongs to the organisation of the one it lies in.')
            if (parent && (await findPath(tx, parent.id)).length + 2 > deepest) throw tooDeep()
            const own = actor.permissions.get('folder.edit') === 'all' ? null : actor.organisationId
            const organisationId = parent ? (parent.organisation?.id ?? null) : (body.organisationId ?? own)
            if (organisationId !== null && !(await hasOrganisation(tx, organisationId)))
              throw invalidField('organisationId', 'There is no such organisation.')
            const id = uuidv7()
            const name = tidyName(body.name)
            await insertFolder(tx, { id, name, organisationId, parentId: parent?.id ?? null }, writer(actor))
            const made = await findFolder(tx, actor, id)
            if (!made?.can.edit)
              throw new AppError('forbidden', 'Your account may make folders of its own organisation only.')
            await audit(tx, clock, actor, {
              action: 'folder.created',
              subject: { type: 'folder', id },
              after: { name, organisationId, parentId: made.parentId, version: 1 },
            })
            return viewOf(tx, made)
          }),
        ),
      )
    },

    change(
      actor: Actor,
      id: string,
      sent: {
        version: number
        name?: string | undefined
        parentId?: string | null | undefined
        archived?: boolean | undefined
      },
    ): Promise<FolderView> {
      return withUniqueName(() =>
        db.transact(async (tx) => {
          await lockTree(tx)
          const found = await find(tx, actor, id, true)
          if (!found.can.edit) throw new AppError('forbidden', 'Your account may not change this folder.')
          if (found.version !== sent.version)
            throw new AppError('stale_version', 'Someone changed this folder first. Load it again.', {
              current: await viewOf(tx, found),
            })
          const before = { name: found.name, parentId: found.parentId, archived: found.archived }
          const after = {
            name: sent.name === undefined ? before.name : tidyName(sent.name),
            parentId: sent.parentId === undefined ? before.parentId : sent.parentId,
            archived: sent.archived ?? before.archived,
          }
          const difference = changedFields(before, after)
          if (Object.keys(difference.after).length === 0) return viewOf(tx, found)
          if (before.archived && after.archived)
            throw new AppError('wrong_state', 'This folder is archived. Restore it before you change it.')
          const moves = after.parentId !== before.parentId
          if (after.parentId !== null && (moves || before.archived)) {
            const parent = await parentFor(tx, actor, after.parentId)
            if (parent.organisation?.id !== found.organisation?.id)
              throw invalidField('parentId', 'A folder stays with its organisation. Choose one of the same.')
            const path = await findPath(tx, parent.id)
            if (parent.id === id || path.some((one) => one.id === id))
              throw invalidField('parentId', 'A folder cannot lie in itself.')
            if (moves && path.length + 2 > deepest) throw tooDeep()
          }
          if (after.archived && !before.archived && (await holdsSomething(tx, id)))
            throw new AppError('wrong_state', 'Something is in this folder. Archive or move it first.')
          await updateFolder(tx, id, after, clock.now())
          await audit(tx, clock, actor, {
            action: 'folder.changed',
            subject: { type: 'folder', id },
            before: difference.before,
            after: { ...difference.after, version: found.version + 1 },
          })
          return viewOf(tx, await find(tx, actor, id))
        }),
      )
    },
  }

  function writer(actor: Actor) {
    return { now: clock.now(), userId: actor.userId }
  }
}
