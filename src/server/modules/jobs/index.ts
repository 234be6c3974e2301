import type { Job } from '#server/platform/jobs.ts'
import type { Module, ModuleDeps } from '#server/platform/module.ts'
import { jobsHttp } from './jobs.http.ts'
import { type JobsService, jobsService } from './jobs.service.ts'

export type { JobsService } from './jobs.service.ts'

export interface JobsModule extends Module {
  service: JobsService
}

/** @param deps.known every job of every module */
export function jobsModule(deps: ModuleDeps & { known: readonly Job[] }): JobsModule {
  const service = jobsService(deps)
  return { service, http: (server) => jobsHttp(server, service), jobs: [] }
}
