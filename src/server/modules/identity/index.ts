import type { FastifyRequest } from 'fastify'
import type { Actor } from '#server/platform/actor.ts'
import type { Module, ModuleDeps } from '#server/platform/module.ts'

export const identityJobs = []

export interface IdentityModule extends Module {
  resolveActor(request: FastifyRequest, requestId: string): Promise<Actor | undefined>
}

export function identityModule(_deps: ModuleDeps): IdentityModule {
  return { http: () => {}, jobs: [], resolveActor: async () => undefined }
}
