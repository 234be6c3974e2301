import { z } from 'zod'
import { roleNames } from './access.ts'
import { languages, registrationRoles } from './accounts.options.ts'
import { organisationTypes } from './organisations.options.ts'
import { line, requiredLine, timestamp, uuid } from './paging.ts'
import { accepted, email, linkToken, newPassword, organisationRef, phone } from './people.ts'
import { defineRoutes } from './route.ts'

export const registerBody = z.strictObject({
  name: requiredLine(200),
  email,
  role: z.enum(registrationRoles),
  /** Required for `moa_focal`; one of `GET /api/v1/registrations/organisations`. */
  organisationId: uuid.nullable().optional(),
  position: requiredLine(200),
  phone,
  /** For whom the person works or speaks, when the list of organisations does not say it: the LGU, the community, the study. */
  note: line(500).nullable().optional(),
  language: z.enum(languages).optional(),
  password: newPassword,
})
export type RegisterBody = z.infer<typeof registerBody>

/** How people without an account, or without their password, get in. */
export const registrationRoutes = defineRoutes({
  organisations: {
    method: 'GET',
    path: '/api/v1/registrations/organisations',
    summary: 'The active ministries, offices and agencies of BARMM, by name.',
    permission: 'public',
    reply: z.object({ items: z.array(organisationRef.extend({ type: z.enum(organisationTypes) })) }),
  },
  register: {
    method: 'POST',
    path: '/api/v1/registrations',
    summary: 'Ask for an account. The answer is the same for an e-mail that has one; its owner gets a mail instead.',
    permission: 'public',
    only: 'browser',
    body: registerBody,
    reply: accepted,
    status: 202,
  },
  checkInvitation: {
    method: 'POST',
    path: '/api/v1/invitations/check',
    summary: 'Whom an invitation link (/accept-invitation#token) is for; `link_expired` when it is used or over.',
    permission: 'public',
    only: 'browser',
    body: z.strictObject({ token: linkToken }),
    reply: z.object({
      name: z.string(),
      email: z.string(),
      role: z.enum(roleNames),
      organisation: organisationRef.nullable(),
      expiresAt: timestamp,
    }),
  },
  acceptInvitation: {
    method: 'POST',
    path: '/api/v1/invitations/accept',
    summary: 'Accept an invitation with a password of one’s own; then sign in.',
    permission: 'public',
    only: 'browser',
    body: z.strictObject({
      token: linkToken,
      password: newPassword,
      name: requiredLine(200).optional(),
      position: line(200).nullable().optional(),
      phone: phone.nullable().optional(),
      language: z.enum(languages).optional(),
    }),
  },
  forgotPassword: {
    method: 'POST',
    path: '/api/v1/password-resets',
    summary:
      'Ask for a mail with a link that sets a new password (one hour, once). The same answer for an unknown e-mail.',
    permission: 'public',
    only: 'browser',
    body: z.strictObject({ email }),
    reply: accepted,
    status: 202,
  },
  resetPassword: {
    method: 'POST',
    path: '/api/v1/password-resets/complete',
    summary: 'Set a new password with a mailed link (/reset-password#token); ends every session of the account.',
    permission: 'public',
    only: 'browser',
    body: z.strictObject({ token: linkToken, password: newPassword }),
  },
})
