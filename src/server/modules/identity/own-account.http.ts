import type { Permission, Role, Team } from '#contract/access.ts'
import { ownAccountRoutes, type ProfileView } from '#contract/account.ts'
import type { Language } from '#contract/accounts.options.ts'
import type { HttpServer } from '#server/platform/http.ts'
import type { OwnAccountService } from './own-account.service.ts'

const toProfile = (row: Awaited<ReturnType<OwnAccountService['profile']>>): ProfileView => ({
  id: row.id,
  name: row.name,
  email: row.email,
  position: row.position,
  phone: row.phone,
  language: row.language as Language,
  role: row.role as Role,
  team: row.team as Team | null,
  organisation: row.organisation,
  twoFactor: {
    since: row.twoFactorSince?.toISOString() ?? null,
    demanded: row.demanded,
    recoveryCodesLeft: row.recoveryCodesLeft,
  },
  version: row.version,
})

export function ownAccountHttp(server: HttpServer, own: OwnAccountService): void {
  server.serve(ownAccountRoutes, {
    profile: async ({ actor }) => toProfile(await own.profile(actor)),
    changeProfile: async ({ actor, body }) => toProfile(await own.changeProfile(actor, body)),
    async changePassword({ actor, body }) {
      await own.changePassword(actor, body)
      return undefined
    },
    async sessions({ actor }) {
      const rows = await own.sessions(actor)
      return {
        items: rows.map((row) => ({
          id: row.id,
          current: row.id === actor.sessionId,
          createdAt: row.created_at.toISOString(),
          lastSeenAt: row.last_seen_at.toISOString(),
          expiresAt: row.expires_at.toISOString(),
          address: row.address,
          userAgent: row.user_agent,
        })),
      }
    },
    async endSession({ actor, params }) {
      await own.endSession(actor, params.sessionId)
      return undefined
    },
    async endOtherSessions({ actor }) {
      await own.endOtherSessions(actor)
      return undefined
    },
    startTwoFactor: ({ actor, body }) => own.startTwoFactor(actor, body.password),
    confirmTwoFactor: async ({ actor, body }) => ({ recoveryCodes: await own.confirmTwoFactor(actor, body.code) }),
    renewRecoveryCodes: async ({ actor, body }) => ({ recoveryCodes: await own.renewRecoveryCodes(actor, body) }),
    async switchOffTwoFactor({ actor, body }) {
      await own.switchOffTwoFactor(actor, body)
      return undefined
    },
    async tokens({ actor }) {
      const rows = await own.tokens(actor)
      return {
        items: rows.map((row) => ({
          id: row.id,
          name: row.name,
          permissions: row.permissions as Permission[],
          createdAt: row.created_at.toISOString(),
          expiresAt: row.expires_at.toISOString(),
          lastUsedAt: row.last_used_at?.toISOString() ?? null,
        })),
      }
    },
    async createToken({ actor, body }) {
      const made = await own.createToken(actor, body)
      return {
        id: made.id,
        name: made.name,
        permissions: made.permissions,
        createdAt: made.createdAt.toISOString(),
        expiresAt: made.expiresAt.toISOString(),
        lastUsedAt: null,
        token: made.token,
      }
    },
    async revokeToken({ actor, params }) {
      await own.revokeToken(actor, params.tokenId)
      return undefined
    },
  })
}
