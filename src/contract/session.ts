import { z } from 'zod'
import { permissionNames, roleNames, scopeKinds, teamNames } from './access.ts'
import { languages } from './accounts.options.ts'
import { timestamp, uuid } from './paging.ts'
import { communityName, email, organisationRef, placeName, secondFactor, typedPassword } from './people.ts'
import { defineRoutes } from './route.ts'

/** Who is signed in and what the screens may offer. */
export const sessionView = z.object({
  user: z.object({
    id: uuid,
    name: z.string(),
    email: z.string(),
    role: z.enum(roleNames),
    team: z.enum(teamNames).nullable(),
    organisation: organisationRef.nullable(),
    language: z.enum(languages),
    twoFactor: z.boolean(),
  }),
  /** The role demands two-factor sign-in and it is not set up yet: every other endpoint answers `two_factor_setup_required`. */
  mustSetUpTwoFactor: z.boolean(),
  permissions: z.array(z.object({ name: z.enum(permissionNames), scope: z.enum(scopeKinds) })),
  /** Rows that scopes `places` and `communities` reach. */
  places: z.array(placeName),
  communities: z.array(communityName),
  expiresAt: timestamp,
  /** Sends mail to a folder shown at /dev/mail. */
  development: z.boolean(),
})
export type SessionView = z.infer<typeof sessionView>

export const sessionRoutes = defineRoutes({
  current: {
    method: 'GET',
    path: '/api/v1/session',
    summary: 'Who is signed in; `session` null when nobody is. `step` says that the second factor is still missing.',
    permission: 'public',
    reply: z.object({ session: sessionView.nullable(), step: z.literal('two_factor').nullable() }),
  },
  signIn: {
    method: 'POST',
    path: '/api/v1/session',
    summary:
      'Sign in with e-mail and password. With two-factor set up the answer is `two_factor` and the code is due within ten minutes.',
    permission: 'public',
    only: 'browser',
    body: z.strictObject({ email, password: typedPassword }),
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
    body: z.strictObject({ code: secondFactor }),
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
