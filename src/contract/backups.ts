import { z } from 'zod'
import { backupRunKinds, backupRunStates, backupVerdicts } from './backups.options.ts'
import { timestamp, uuid } from './paging.ts'
import { defineRoutes } from './route.ts'

const count = z.number().int()

export const backupRunView = z.object({
  id: uuid,
  kind: z.enum(backupRunKinds),
  state: z.enum(backupRunStates),
  /** Of the backup on the target. */
  backupId: z.string().nullable(),
  startedAt: timestamp,
  endedAt: timestamp.nullable(),
  seconds: z.number().nullable(),
  /** Written to the target, or read from it. */
  bytes: count.nullable(),
  tables: count.nullable(),
  rows: count.nullable(),
  /** Files that the backup has. */
  objects: count.nullable(),
  /** Files written now, or decrypted and compared. */
  objectsDone: count.nullable(),
  problem: z.string().nullable(),
})
export type BackupRunView = z.infer<typeof backupRunView>

const standing = z.object({
  verdict: z.enum(backupVerdicts),
  /** The last that has ended. */
  last: backupRunView.nullable(),
  /** The last that was good. */
  lastGood: backupRunView.nullable(),
})

export const backupsView = z.object({
  /** Where backups go; null: none are made. */
  target: z.object({ kind: z.enum(['folder', 'bucket']), encrypted: z.boolean() }).nullable(),
  made: standing,
  proved: standing,
  running: z.array(backupRunView),
  /** Newest first, at most 20. */
  recent: z.array(backupRunView),
})
export type BackupsView = z.infer<typeof backupsView>

export const backupRoutes = defineRoutes({
  show: {
    method: 'GET',
    path: '/api/v1/backups',
    summary: 'The last backups and the proofs that they can be restored.',
    permission: 'system.read',
    reply: backupsView,
  },
  make: {
    method: 'POST',
    path: '/api/v1/backups',
    summary: 'Make a backup now, and prove it afterwards.',
    permission: 'system.edit',
  },
  prove: {
    method: 'POST',
    path: '/api/v1/backups/prove',
    summary: 'Restore the newest backup into a scratch database now, and compare.',
    permission: 'system.edit',
  },
})
