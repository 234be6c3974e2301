import { type BackupRunView, backupRoutes } from '#contract/backups.ts'
import type { HttpServer } from '#server/platform/http.ts'
import type { RunRecord } from './backups.repo.ts'
import type { BackupsService } from './backups.service.ts'

const toRun = (run: RunRecord): BackupRunView => ({
  id: run.id,
  kind: run.kind as BackupRunView['kind'],
  state: run.state as BackupRunView['state'],
  backupId: run.backup_id,
  startedAt: run.started_at.toISOString(),
  endedAt: run.ended_at?.toISOString() ?? null,
  seconds: run.ended_at ? (run.ended_at.getTime() - run.started_at.getTime()) / 1_000 : null,
  bytes: run.bytes,
  tables: run.tables,
  rows: run.rows,
  objects: run.objects,
  objectsDone: run.objects_done,
  problem: run.problem,
})

type Standing = Awaited<ReturnType<BackupsService['show']>>['made']

const toStanding = ({ verdict, last, lastGood }: Standing) => ({
  verdict,
  last: last ? toRun(last) : null,
  lastGood: lastGood ? toRun(lastGood) : null,
})

export function backupsHttp(server: HttpServer, backups: BackupsService): void {
  server.serve(backupRoutes, {
    async show() {
      const { target, made, proved, running, recent } = await backups.show()
      return {
        target,
        made: toStanding(made),
        proved: toStanding(proved),
        running: running.map(toRun),
        recent: recent.map(toRun),
      }
    },
    async make({ actor }) {
      await backups.startMake(actor)
      return undefined
    },
    async prove({ actor }) {
      await backups.startProve(actor)
      return undefined
    },
  })
}
