import type { OrganisationType } from '#contract/organisations.options.ts'
import { type OrganisationView, organisationRoutes } from '#contract/organisations.ts'
import type { HttpServer } from '#server/platform/http.ts'
import type { OrganisationRecord } from './organisations.repo.ts'
import type { OrganisationsService } from './organisations.service.ts'

const toView = (row: OrganisationRecord): OrganisationView => ({
  id: row.id,
  name: row.name,
  acronym: row.acronym,
  type: row.type as OrganisationType,
  active: row.active,
  version: row.version,
  createdAt: row.created_at.toISOString(),
  updatedAt: row.updated_at.toISOString(),
})

export function organisationsHttp(server: HttpServer, organisations: OrganisationsService): void {
  server.serve(organisationRoutes, {
    async list({ query }) {
      const { items, ...page } = await organisations.list(query)
      return { items: items.map(toView), ...page }
    },
    show: async ({ params }) => toView(await organisations.show(params.organisationId)),
    create: async ({ actor, body, onceKey }) =>
      toView(await organisations.show(await organisations.create(actor, body, onceKey))),
    change: async ({ actor, params, body }) => toView(await organisations.change(actor, params.organisationId, body)),
  })
}
