import type { Module } from '#server/platform/module.ts'
import { backupsHandlers } from './backups.handlers.ts'
import { backupsHttp } from './backups.http.ts'
import { makeBackup, proveBackup, sendAlarm } from './backups.jobs.ts'
import { type BackupsDeps, type BackupsService, backupsService } from './backups.service.ts'

export type { BackupsParts, BackupsService } from './backups.service.ts'
export { newKeyPair } from './encryption.service.ts'
export { verifyBackup } from './proving.service.ts'
export { restoreBackup } from './restoring.service.ts'
export { listIds as listBackups, openIndex as showBackup } from './targets.service.ts'

export const backupsJobs = [makeBackup, proveBackup, sendAlarm]

export function backupsModule(deps: BackupsDeps): Module & { service: BackupsService } {
  const service = backupsService(deps)
  return {
    service,
    http: (server) => backupsHttp(server, service),
    jobs: backupsHandlers(deps, service),
  }
}
