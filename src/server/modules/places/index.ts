import type { Module, ModuleDeps } from '#server/platform/module.ts'
import { placesHttp } from './places.http.ts'
import { type PlacesService, placesService } from './places.service.ts'

export type { PlaceRecord, PlaceRef } from './gazetteer.rules.ts'
export type { PlacesService } from './places.service.ts'
export { isPlausiblyInRegion } from './regions.geo.ts'

export const placesJobs = []

export interface PlacesModule extends Module {
  service: PlacesService
}

export function placesModule(deps: ModuleDeps): PlacesModule {
  const service = placesService(deps)
  return { service, http: (server) => placesHttp(server, service), jobs: [] }
}
