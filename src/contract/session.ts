import { z } from 'zod'
import { permissionNames, roleNames, scopeKinds, teamNames } from './access.ts'
import { line, timestamp, uuid } from './paging.ts'
import { defineRoutes } from './route.ts'

export const languages = ['en', 'fil'] as const
const permission = z.enum(permissionNames as [string, ...string[]])

/** Who is signed in and what the screens may offer. */
export const sessionView = z.object({
  user: z.object({
    id: uuid,
    name: z.string(),
    email: z.string(),
    role: z.enum(roleNames),
    team: z.enum(teamNames).nullable(),
    organisation: z.object({ id: uuid, name: z.string(), acronym: z.string().nullable() }).nullable(),
    language: z.enum(languages),
    twoFactor: z.boolean(),
  }),
  /** The role demands two-factor sign-in and it is not set up yet: every other endpoint answers `two_factor_setup_required`. */
  mustSetUpTwoFactor: z.boolean(),
  permissions: z.array(z.object({ name: permission, scope: z.enum(scopeKinds) })),
  /** Rows that scopes `places` and `communities` reach. */
  places: z.array(z.object({ code: z.string(), name: z.string() })),
  expiresAt: timestamp,
  /** Sends mail to a folder shown at /dev/mail. */
  development: z.boolean(),
})
export type SessionView = z.infer<typeof sessionView>

const email = z.string().trim().toLowerCase().pipe(z.email('Type an e-mail address.').max(254))

export const sessionRoutes = defineRoutes({
  current: {
    method: 'GET',
    path: '/api/v1/session',
    summary: 'Who is signed in; `session` null when nobody is.',
    permission: 'public',
    reply: z.object({ session: sessionView.nullable() }),
  },
  signIn: {
    method: 'POST',
    path: '/api/v1/session',
    summary:
      'Sign in with e-mail and password. With two-factor set up the answer is `two_factor` and the code is due within ten minutes.',
    permission: 'public',
    only: 'browser',
    body: z.strictObject({ email, password: z.string().min(1, 'Type your password.').max(1000) }),
    reply: z.discriminatedUnion('step', [
      z.object({ step: z.literal('signed_in'), session: sessionView }),
      z.object({ step: z.literal('two_factor') }),
    ]),
  },
  signInCode: {
    method: 'POST',
    path: '/api/v1/session/two-factor',
    summary: 'The second step: the code of the authenticator app, or a recovery code (each works once).',
    permission: 'public',
    only: 'browser',
    body: z.strictObject({ code: line(40).min(6, 'Type the six digits, or a recovery code.') }),
    reply: z.object({ session: sessionView }),
  },
  signOut: {
    method: 'DELETE',
    path: '/api/v1/session',
    summary: 'Sign out here.',
    permission: 'public',
    only: 'browser',
  },
})
