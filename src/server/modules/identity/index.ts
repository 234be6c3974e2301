import type { FastifyRequest } from 'fastify'
import type { Actor } from '#server/platform/actor.ts'
import type { Module, ModuleDeps } from '#server/platform/module.ts'
import { resolveActorFrom } from './actors.http.ts'
import { type Actors, createActors } from './actors.service.ts'
import { createAdministrator, type NewAdministrator } from './administrators.service.ts'
import { identityHandlers } from './identity.handlers.ts'
import { identityHttp } from './identity.http.ts'
import { answerForgottenPassword, cleanUp, sendLetter } from './identity.jobs.ts'
import { hasAdministrator } from './identity.reads.ts'
import { ownAccountHttp } from './own-account.http.ts'
import { ownAccountService } from './own-account.service.ts'
import { argonPasswords } from './passwords.service.ts'
import { registrationService } from './registration.service.ts'
import { signInService } from './sign-in.service.ts'
import { createThrottles } from './throttles.service.ts'

export { type Grant, resolvePermissions } from './actors.rules.ts'
export { findAdministrator, listAdministrators } from './administrators.reads.ts'
export { sendLetter } from './identity.jobs.ts'
export { whyPasswordRefused } from './passwords.rules.ts'
export { seal, unseal } from './secrets.rules.ts'

export const identityJobs = [sendLetter, answerForgottenPassword, cleanUp]

export interface IdentityModule extends Module {
  resolveActor(request: FastifyRequest, requestId: string): Promise<Actor | undefined>
  /** To be called after each commit that touches a person's access, state or sessions; without a person: everyone's. */
  forgetAccess(userId?: string): void
  whenForgotten: Actors['whenForgotten']
  standing: Actors['standing']
  actorOf: Actors['actorOf']
  hasAdministrator(): Promise<boolean>
  /** @throws AppError `already_exists`, `invalid_input` */
  createAdministrator(input: NewAdministrator): Promise<{ email: string; password: string }>
}

export function identityModule(deps: ModuleDeps): IdentityModule {
  const actors = createActors(deps)
  const passwords = argonPasswords()
  const parts = { ...deps, actors, passwords, throttles: createThrottles(deps) }
  const signIn = signInService(parts)
  const registration = registrationService(parts)
  const own = ownAccountService(parts)
  return {
    http(server) {
      identityHttp(server, { ...parts, signIn, registration })
      ownAccountHttp(server, own)
    },
    jobs: identityHandlers(deps),
    resolveActor: resolveActorFrom(actors, deps.config.production),
    forgetAccess: actors.forget,
    whenForgotten: actors.whenForgotten,
    standing: actors.standing,
    actorOf: actors.actorOf,
    hasAdministrator: () => hasAdministrator(deps.db),
    createAdministrator: (input) => createAdministrator(parts, input),
  }
}
