import { communityRoutes } from '#contract/communities.ts'
import type { HttpServer } from '#server/platform/http.ts'
import type { CommunitiesService } from './communities.service.ts'
import type { ContactsService } from './contacts.service.ts'

export function serveCommunities(server: HttpServer, communities: CommunitiesService, contacts: ContactsService): void {
  server.serve(communityRoutes, {
    list: async ({ actor, query }) => communities.list(actor, query),
    figures: async ({ actor, query }) => communities.figures(actor, query),
    map: async ({ actor, query }) => communities.map(actor, query),
    export: async ({ actor, query: { format, sort = 'name', ...filter } }) =>
      communities.export(actor, filter, sort, format),
    show: async ({ actor, params }) => communities.show(actor, params.communityId),
    create: async ({ actor, body, onceKey }) => communities.create(actor, body, onceKey),
    change: async ({ actor, params, body }) => communities.change(actor, params.communityId, body),
    archive: async ({ actor, params, body }) => communities.archive(actor, params.communityId, body),
    restore: async ({ actor, params, body }) => communities.restore(actor, params.communityId, body),
    history: async ({ actor, params, query }) => communities.history(actor, params.communityId, query),
    listContacts: async ({ actor, params }) => contacts.list(actor, params.communityId),
    addContact: async ({ actor, params, body, onceKey }) => contacts.add(actor, params.communityId, body, onceKey),
    changeContact: async ({ actor, params, body }) =>
      contacts.change(actor, params.communityId, params.contactId, body),
    removeContact: async ({ actor, params, body }) => {
      await contacts.remove(actor, params.communityId, params.contactId, body.version)
      return undefined
    },
  })
}
