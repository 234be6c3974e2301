import type { Module, ModuleDeps } from '#server/platform/module.ts'
import type { SecurityBuffer } from '#server/platform/security-buffer.ts'
import { keepingService } from './keeping.service.ts'
import { systemHandlers } from './system.handlers.ts'
import { systemHttp } from './system.http.ts'
import { tidySystem } from './system.jobs.ts'
import { type SystemParts, systemService } from './system.service.ts'

export const systemJobs = [tidySystem]

export type SystemDeps = ModuleDeps & SystemParts & { securityBuffer: SecurityBuffer }

export interface SystemModule extends Module {
  keeping: ReturnType<typeof keepingService>
}

export function systemModule(deps: SystemDeps): SystemModule {
  const service = systemService(deps)
  return {
    http: (server) => systemHttp(server, service, deps.config),
    jobs: systemHandlers(deps),
    keeping: keepingService(deps),
  }
}
