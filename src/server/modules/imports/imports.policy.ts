import type { Actor } from '#server/platform/actor.ts'
import type { Importer } from './imports.jobs.ts'

const everywhere = (actor: Actor): boolean => actor.permissions.get('community.import') === 'all'

/** Whose imports a person sees: everybody's with scope `all`, else the own ones. */
export const sightOf = (actor: Actor): { createdBy: string | undefined } => ({
  createdBy: everywhere(actor) ? undefined : actor.userId,
})
export type ImportSight = ReturnType<typeof sightOf>

export const importerOf = (actor: Actor): Importer => ({
  userId: actor.userId,
  name: actor.name,
  role: actor.role,
  placeCodes: everywhere(actor) ? null : [...actor.placeCodes],
  requestId: actor.requestId,
  address: actor.address,
})

/** The person again, for what a job writes in the person's name; without permissions, since a job asks for none. */
export const actorOf = (importer: Importer): Actor => ({
  ...importer,
  placeCodes: importer.placeCodes ?? [],
  organisationId: null,
  permissions: new Map(),
  communityIds: [],
  sessionId: null,
  tokenId: null,
  mustSetUpTwoFactor: false,
})
