import type { Language } from '#contract/accounts.options.ts'
import { handles, type JobRegistration } from '#server/platform/jobs.ts'
import * as jobs from './backups.jobs.ts'
import { findAlarm } from './backups.reads.ts'
import type { BackupsDeps, BackupsService } from './backups.service.ts'
import { composeAlarm } from './letters.rules.ts'

export const backupsHandlers = ({ db, config, mail }: BackupsDeps, backups: BackupsService): JobRegistration[] => [
  handles(jobs.makeBackup, async (_payload, { log, signal, lastTry }) => {
    if (!backups.hasTarget) return log.info('no backup is made: BACKUP_DIR and BACKUP_S3_BUCKET are not set')
    await backups.make({ signal, isLastTry: lastTry, thenProve: true })
  }),
  handles(jobs.proveBackup, async (_payload, { log, signal, lastTry }) => {
    if (!backups.hasTarget) return log.info('nothing to prove: BACKUP_DIR and BACKUP_S3_BUCKET are not set')
    await backups.prove({ signal, isLastTry: lastTry })
  }),
  handles(jobs.sendAlarm, async ({ userId, runId }) => {
    const found = await findAlarm(db, userId, runId)
    if (!found) return
    const { name, kind, problem } = found
    const facts = { name, kind: kind as 'made' | 'proved', problem: problem ?? '', baseUrl: config.baseUrl }
    await mail.send({ to: found.email, ...composeAlarm(found.language as Language, facts) })
  }),
]
