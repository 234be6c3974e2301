import type { Emit } from '#server/platform/events/events.ts'
import { handles } from '#server/platform/jobs.ts'
import type { Module } from '#server/platform/module.ts'
import { announcements } from './announcements.service.ts'
import type { ImportsDeps } from './imports.handlers.ts'
import { serveImports } from './imports.http.ts'
import { applyImport, checkImport, tidyImports } from './imports.jobs.ts'
import { type ImportsService, importsService } from './imports.service.ts'

export { formerPath } from './imported-files.service.ts'
export type { ImportsService } from './imports.service.ts'

export const importsJobs = [checkImport, applyImport, tidyImports]

export interface ImportsModule extends Module {
  service: ImportsService
}

export function importsModule(given: Omit<ImportsDeps, 'announce'> & { emit: Emit }): ImportsModule {
  const deps = { ...given, announce: announcements(given.emit) }
  const service = importsService(deps)
  return {
    service,
    http: (server) => serveImports(server, service),
    jobs: [
      handles(checkImport, async (payload, context) =>
        (await import('./imports.handlers.ts')).runCheck(deps, payload, context),
      ),
      handles(applyImport, async (payload, context) =>
        (await import('./imports.handlers.ts')).runApply(deps, payload, context),
      ),
      handles(tidyImports, async () => (await import('./imports.handlers.ts')).runTidy(deps)),
    ],
  }
}
