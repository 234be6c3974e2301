import type { FastifyRequest } from 'fastify'
import type { Actor } from '#server/platform/actor.ts'
import { AppError } from '#server/platform/errors.ts'
import { type Actors, tokenPrefix } from './actors.service.ts'

/** `__Host-` binds the cookie to this very host and to https; browsers refuse it over plain http. */
export const sessionCookie = (production: boolean): string => (production ? '__Host-obcms_session' : 'obcms_session')

const bearer = new RegExp(`^Bearer (${tokenPrefix}[\\w-]{43})$`, 'i')
const cookieShape = /^[\w-]{43}$/

export const resolveActorFrom =
  (actors: Actors, production: boolean) =>
  async (request: FastifyRequest, requestId: string): Promise<Actor | undefined> => {
    const from = { requestId, address: request.client.address }
    const header = request.headers.authorization
    if (header !== undefined) {
      // A request with this header is exempt from the cross-site check, so its cookie must never count.
      const secret = bearer.exec(header)?.[1]
      const actor = secret && (await actors.resolve({ kind: 'token', secret }, from))
      if (!actor) throw new AppError('not_signed_in', 'This API token is unknown, expired or revoked.')
      return actor
    }
    const secret = request.cookies[sessionCookie(production)]
    if (!secret || !cookieShape.test(secret)) return undefined
    return actors.resolve({ kind: 'session', secret }, from)
  }
