import { placeRoutes } from '#contract/places.ts'
import type { HttpServer } from '#server/platform/http.ts'
import type { PlacesService } from './places.service.ts'

export function placesHttp(server: HttpServer, places: PlacesService): void {
  server.serve(placeRoutes, {
    search: async ({ query }) => ({ items: await places.search(query) }),
    children: async ({ query }) => ({ items: await places.children(query.of) }),
    show: async ({ params }) => places.show(params.code),
  })
}
