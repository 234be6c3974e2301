import type { Module, ModuleDeps } from '#server/platform/module.ts'
import type { IdentityModule } from '../identity/index.ts'
import { accessService } from './access.service.ts'
import { accountsHttp } from './accounts.http.ts'
import { accountsService } from './accounts.service.ts'
import { approvalsService } from './approvals.service.ts'

export function accountsModule(deps: ModuleDeps & Pick<IdentityModule, 'forgetAccess'>): Module {
  const services = { accounts: accountsService(deps), approvals: approvalsService(deps), access: accessService(deps) }
  return { http: (server) => accountsHttp(server, services), jobs: [] }
}
