import type { FastifyRequest } from 'fastify'
import type { Actor } from '#server/platform/actor.ts'
import type { Module, ModuleDeps } from '#server/platform/module.ts'
import { resolveActorFrom } from './actors.http.ts'
import { createActors } from './actors.service.ts'

export const identityJobs = []

export interface IdentityModule extends Module {
  resolveActor(request: FastifyRequest, requestId: string): Promise<Actor | undefined>
}

export function identityModule(deps: ModuleDeps): IdentityModule {
  const actors = createActors(deps)
  return { http: () => {}, jobs: [], resolveActor: resolveActorFrom(actors, deps.config.production) }
}
