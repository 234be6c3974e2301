import { ownAccountRoutes } from './account.ts'
import { accessRoutes, accountRoutes } from './accounts.ts'
import { backupRoutes } from './backups.ts'
import { communityRoutes } from './communities.ts'
import { devMailRoutes } from './dev-mail.ts'
import { eventRoutes } from './events.ts'
import { fileRoutes } from './files.ts'
import { importRoutes } from './imports.ts'
import { jobRoutes } from './jobs.ts'
import { mediaRoutes } from './media.ts'
import { organisationRoutes } from './organisations.ts'
import { placeRoutes } from './places.ts'
import { registrationRoutes } from './registration.ts'
import type { Route } from './route.ts'
import { sessionRoutes } from './session.ts'
import { systemRoutes } from './system.ts'
import { uploadRoutes } from './uploads.ts'

/** Every route table of the contract, by its heading in the API description. */
export const tables = {
  session: sessionRoutes,
  registration: registrationRoutes,
  ownAccount: ownAccountRoutes,
  accounts: accountRoutes,
  access: accessRoutes,
  organisations: organisationRoutes,
  places: placeRoutes,
  communities: communityRoutes,
  imports: importRoutes,
  files: fileRoutes,
  uploads: uploadRoutes,
  events: eventRoutes,
  jobs: jobRoutes,
  media: mediaRoutes,
  system: systemRoutes,
  backups: backupRoutes,
  devMail: devMailRoutes,
} as const satisfies Record<string, Record<string, Route>>

type AnyRoute = { [T in keyof typeof tables]: (typeof tables)[T][keyof (typeof tables)[T]] }[keyof typeof tables]
/** `GET /api/v1/places` */
export type EndpointKey = AnyRoute extends infer R ? (R extends Route ? `${R['method']} ${R['path']}` : never) : never
export type Endpoint<K extends EndpointKey> = Extract<
  AnyRoute,
  K extends `${infer M} ${infer P}` ? { method: M; path: P } : never
>
