import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Permission, Role, Team } from '#contract/access.ts'
import type { Language } from '#contract/accounts.options.ts'
import { devMailRoutes } from '#contract/dev-mail.ts'
import type { OrganisationType } from '#contract/organisations.options.ts'
import { registrationRoutes } from '#contract/registration.ts'
import { type SessionView, sessionRoutes } from '#contract/session.ts'
import type { Actor } from '#server/platform/actor.ts'
import { AppError } from '#server/platform/errors.ts'
import type { HttpServer } from '#server/platform/http.ts'
import type { ModuleDeps } from '#server/platform/module.ts'
import { sessionCookie } from './actors.http.ts'
import type { Actors } from './actors.service.ts'
import { findExpiry, findSessionPerson } from './identity.reads.ts'
import type { RegistrationService } from './registration.service.ts'
import type { OpenedSession, Origin } from './sessions.repo.ts'
import { sessionLimit } from './sessions.rules.ts'
import type { SignInService } from './sign-in.service.ts'

export interface IdentityHttp extends Pick<ModuleDeps, 'db' | 'config' | 'mail'> {
  actors: Actors
  signIn: SignInService
  registration: RegistrationService
}

interface Asked {
  requestId: string
  address: string
  raw: FastifyRequest
}

const originOf = ({ requestId, address, raw }: Asked): Origin => ({
  requestId,
  address,
  userAgent: raw.headers['user-agent'] ?? null,
})

export function identityHttp(
  server: HttpServer,
  { db, config, mail, actors, signIn, registration }: IdentityHttp,
): void {
  const cookie = sessionCookie(config.production)
  const cookieOptions = { path: '/', httpOnly: true, secure: config.production, sameSite: 'lax' as const }
  /** Kept letters hold links that open accounts: they are shown on this machine only, whatever address it listens on. */
  const isHere = (address = ''): boolean => /^(::1$|(::ffff:)?127\.)/.test(address)
  const showsMail = ({ address, raw }: Asked): boolean =>
    !config.production && mail.listKept !== undefined && isHere(address) && isHere(raw.socket.remoteAddress)

  const secretOf = (raw: FastifyRequest): string | undefined => raw.cookies[cookie]
  const giveCookie = (reply: FastifyReply, { secret }: OpenedSession) =>
    reply.setCookie(cookie, secret, { ...cookieOptions, maxAge: sessionLimit / 1000 })

  async function toView(actor: Actor, expiresAt: Date, asked: Asked): Promise<SessionView> {
    const { id, name, email, role, team, organisation, language, twoFactor, places, communities } =
      await findSessionPerson(db, actor.userId)
    return {
      user: {
        id,
        name,
        email,
        role: role as Role,
        team: team as Team | null,
        organisation,
        language: language as Language,
        twoFactor,
      },
      mustSetUpTwoFactor: actor.mustSetUpTwoFactor,
      permissions: Array.from(actor.permissions, ([permission, scope]) => ({ name: permission as Permission, scope })),
      places,
      communities,
      expiresAt: expiresAt.toISOString(),
      development: showsMail(asked),
    }
  }

  async function viewOf(opened: OpenedSession, asked: Asked): Promise<SessionView> {
    const actor = await actors.resolve({ kind: 'session', secret: opened.secret }, asked)
    if (!actor) throw new AppError('wrong_state', 'The account was changed meanwhile. Sign in again.')
    return toView(actor, opened.expiresAt, asked)
  }

  server.serve(sessionRoutes, {
    async current(request) {
      const { actor, raw } = request
      const expiresAt = actor && (await findExpiry(db, actor))
      if (actor && expiresAt) return { session: await toView(actor, expiresAt, request), step: null }
      const secret = secretOf(raw)
      const halfway = secret !== undefined && (await signIn.isHalfway(secret))
      return { session: null, step: halfway ? ('two_factor' as const) : null }
    },
    async signIn(request) {
      const { step, opened } = await signIn.signIn(request.body, secretOf(request.raw), originOf(request))
      giveCookie(request.reply, opened)
      return step === 'two_factor' ? { step } : { step, session: await viewOf(opened, request) }
    },
    async signInCode(request) {
      const opened = await signIn.giveCode(secretOf(request.raw), request.body.code, originOf(request))
      giveCookie(request.reply, opened)
      return { session: await viewOf(opened, request) }
    },
    async signOut({ raw, actor, reply }) {
      const secret = secretOf(raw)
      if (secret) await signIn.signOut(secret, actor)
      reply.clearCookie(cookie, cookieOptions)
      return undefined
    },
  })

  server.serve(registrationRoutes, {
    async organisations() {
      const moas = await registration.listMoas()
      return {
        items: moas.map(({ id, name, acronym, type }) => ({ id, name, acronym, type: type as OrganisationType })),
      }
    },
    async register(request) {
      await registration.register(request.body, originOf(request))
      return { accepted: true as const }
    },
    async checkInvitation(request) {
      const { name, email, role, organisation, expiresAt } = await registration.checkInvitation(
        request.body.token,
        originOf(request),
      )
      return {
        name,
        email,
        role: role as Role,
        organisation,
        expiresAt: expiresAt.toISOString(),
      }
    },
    async acceptInvitation(request) {
      await registration.acceptInvitation(request.body, originOf(request))
      return undefined
    },
    async forgotPassword(request) {
      await registration.forgotPassword(request.body.email, originOf(request))
      return { accepted: true as const }
    },
    async resetPassword(request) {
      await registration.resetPassword(request.body, originOf(request))
      return undefined
    },
  })

  server.serve(devMailRoutes, {
    async list(request) {
      const kept = showsMail(request) ? mail.listKept : undefined
      if (!kept) throw new AppError('not_found', 'There is nothing here.')
      const letters = await kept()
      return { items: letters.map(({ id, at, to, subject, text }) => ({ id, at, to, subject, text })) }
    },
  })
}
