import { z } from 'zod'
import { permissionNames, roleNames, teamNames } from './access.ts'
import { languages } from './accounts.options.ts'
import { line, requiredLine, timestamp, uuid, version } from './paging.ts'
import { newPassword, organisationRef, phone, secondFactor, typedPassword } from './people.ts'
import { defineRoutes } from './route.ts'

export const profileView = z.object({
  id: uuid,
  name: z.string(),
  email: z.string(),
  position: z.string().nullable(),
  phone: z.string().nullable(),
  language: z.enum(languages),
  role: z.enum(roleNames),
  team: z.enum(teamNames).nullable(),
  organisation: organisationRef.nullable(),
  twoFactor: z.object({
    /** Null when it is not set up. */
    since: timestamp.nullable(),
    /** The role demands it, so it cannot be switched off. */
    demanded: z.boolean(),
    recoveryCodesLeft: z.number().int(),
  }),
  version,
})
export type ProfileView = z.infer<typeof profileView>

export const ownSessionView = z.object({
  id: uuid,
  /** The one that asks. */
  current: z.boolean(),
  createdAt: timestamp,
  lastSeenAt: timestamp,
  expiresAt: timestamp,
  address: z.string().nullable(),
  /** What the browser said of itself. */
  userAgent: z.string().nullable(),
})
export type OwnSessionView = z.infer<typeof ownSessionView>

export const tokenView = z.object({
  id: uuid,
  name: z.string(),
  permissions: z.array(z.enum(permissionNames)),
  createdAt: timestamp,
  expiresAt: timestamp,
  lastUsedAt: timestamp.nullable(),
})
export type TokenView = z.infer<typeof tokenView>

const recoveryCodes = z.object({
  /** Ten codes, each good once; shown this one time. */
  recoveryCodes: z.array(z.string()),
})

/** The signed-in person's own account. API tokens may not touch it. */
export const ownAccountRoutes = defineRoutes({
  profile: {
    method: 'GET',
    path: '/api/v1/account',
    summary: 'One’s own profile.',
    permission: 'signed_in',
    only: 'browser',
    reply: profileView,
  },
  changeProfile: {
    method: 'PATCH',
    path: '/api/v1/account',
    summary: 'Change one’s own name, position, phone or language.',
    permission: 'signed_in',
    only: 'browser',
    body: z
      .strictObject({
        name: requiredLine(200),
        position: line(200).nullable(),
        phone: phone.nullable(),
        language: z.enum(languages),
      })
      .partial()
      .extend({ version }),
    reply: profileView,
  },
  changePassword: {
    method: 'PUT',
    path: '/api/v1/account/password',
    summary: 'Change one’s own password; ends the other sessions.',
    permission: 'signed_in',
    only: 'browser',
    body: z.strictObject({ current: typedPassword, password: newPassword }),
  },
  sessions: {
    method: 'GET',
    path: '/api/v1/account/sessions',
    summary: 'Where one is signed in, latest use first.',
    permission: 'signed_in',
    only: 'browser',
    reply: z.object({ items: z.array(ownSessionView) }),
  },
  endSession: {
    method: 'DELETE',
    path: '/api/v1/account/sessions/:sessionId',
    summary: 'End one of one’s own sessions.',
    permission: 'signed_in',
    only: 'browser',
    params: z.object({ sessionId: uuid }),
  },
  endOtherSessions: {
    method: 'DELETE',
    path: '/api/v1/account/sessions',
    summary: 'End every session but this one.',
    permission: 'signed_in',
    only: 'browser',
  },
  startTwoFactor: {
    method: 'POST',
    path: '/api/v1/account/two-factor',
    summary: 'Begin to set up two-factor sign-in: a secret for the authenticator app, not yet in force.',
    permission: 'signed_in',
    only: 'browser',
    body: z.strictObject({ password: typedPassword }),
    reply: z.object({
      /** Base32, to be typed by hand. */
      secret: z.string(),
      /** `otpauth://…`, to be drawn as a QR code. */
      uri: z.string(),
    }),
  },
  confirmTwoFactor: {
    method: 'POST',
    path: '/api/v1/account/two-factor/confirm',
    summary: 'Put two-factor sign-in in force with a first code; ends the other sessions.',
    permission: 'signed_in',
    only: 'browser',
    body: z.strictObject({ code: secondFactor }),
    reply: recoveryCodes,
  },
  renewRecoveryCodes: {
    method: 'POST',
    path: '/api/v1/account/two-factor/recovery-codes',
    summary: 'Ten new recovery codes; the old ones stop working.',
    permission: 'signed_in',
    only: 'browser',
    body: z.strictObject({ password: typedPassword, code: secondFactor }),
    reply: recoveryCodes,
  },
  switchOffTwoFactor: {
    method: 'POST',
    path: '/api/v1/account/two-factor/switch-off',
    summary: 'Switch two-factor sign-in off; refused when the role demands it.',
    permission: 'signed_in',
    only: 'browser',
    body: z.strictObject({ password: typedPassword, code: secondFactor }),
  },
  tokens: {
    method: 'GET',
    path: '/api/v1/account/tokens',
    summary: 'One’s own API tokens, newest first.',
    permission: 'signed_in',
    only: 'browser',
    reply: z.object({ items: z.array(tokenView) }),
  },
  createToken: {
    method: 'POST',
    path: '/api/v1/account/tokens',
    summary: 'Make an API token with some of one’s own permissions, for a year at most. Its secret is shown this once.',
    permission: 'signed_in',
    only: 'browser',
    body: z.strictObject({
      name: requiredLine(100),
      permissions: z
        .array(z.enum(permissionNames))
        .min(1, 'Choose at least one permission.')
        .max(permissionNames.length),
      expiresAt: timestamp,
    }),
    reply: tokenView.extend({ token: z.string() }),
    status: 201,
  },
  revokeToken: {
    method: 'DELETE',
    path: '/api/v1/account/tokens/:tokenId',
    summary: 'Revoke one of one’s own API tokens.',
    permission: 'signed_in',
    only: 'browser',
    params: z.object({ tokenId: uuid }),
  },
})
