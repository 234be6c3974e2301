import type { Module, ModuleDeps } from '#server/platform/module.ts'
import { clamd } from '#server/platform/scanner.ts'
import { contentsHandlers } from './contents.handlers.ts'
import { examineContent, examineWaiting, sendInfectedLetter } from './contents.jobs.ts'
import { type ContentsDeps, type ContentsService, contentsService } from './contents.service.ts'
import { openReaders } from './reading/readers.ts'

export const contentsJobs = [examineContent, examineWaiting, sendInfectedLetter]

export interface ContentsModule extends Module {
  expect: ContentsService['expect']
}

export function contentsModule(deps: ModuleDeps & Pick<ContentsDeps, 'textRead'>): ContentsModule {
  const { clamavHost: host, clamavPort: port } = deps.config
  const contents = contentsService(deps, host ? clamd({ host, port }) : undefined, openReaders())
  deps.metrics.gauge(
    'obcms_contents_waiting',
    'Contents that wait to be scanned, shown small or read.',
    'max',
    contents.countWaiting,
  )
  return { expect: contents.expect, http: () => {}, jobs: contentsHandlers(deps, contents) }
}
