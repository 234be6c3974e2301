import type { Module, ModuleDeps } from '#server/platform/module.ts'
import { organisationsHttp } from './organisations.http.ts'
import { organisationsService } from './organisations.service.ts'

export function organisationsModule(deps: ModuleDeps): Module {
  const service = organisationsService(deps)
  return { http: (server) => organisationsHttp(server, service), jobs: [] }
}
