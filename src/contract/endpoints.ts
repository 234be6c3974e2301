import { communityRoutes } from './communities.ts'
import { importRoutes } from './imports.ts'
import { placeRoutes } from './places.ts'
import type { Route } from './route.ts'
import { sessionRoutes } from './session.ts'

/** Every route table of the contract, by its heading in the API description. */
export const tables = {
  session: sessionRoutes,
  places: placeRoutes,
  communities: communityRoutes,
  imports: importRoutes,
} as const satisfies Record<string, Record<string, Route>>

type AnyRoute = { [T in keyof typeof tables]: (typeof tables)[T][keyof (typeof tables)[T]] }[keyof typeof tables]
/** `GET /api/v1/places` */
export type EndpointKey = AnyRoute extends infer R ? (R extends Route ? `${R['method']} ${R['path']}` : never) : never
export type Endpoint<K extends EndpointKey> = Extract<
  AnyRoute,
  K extends `${infer M} ${infer P}` ? { method: M; path: P } : never
>
