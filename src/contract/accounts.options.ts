import type { Role } from './access.ts'

export const languages = ['en', 'fil'] as const
export type Language = (typeof languages)[number]

/**
 * requested → endorsed (ministries' accounts only) → active; invited → active when the person accepts.
 * `refused` and `inactive` end it; a refusal can still be approved, an inactive account switched on again.
 */
export const accountStates = ['invited', 'requested', 'endorsed', 'active', 'refused', 'inactive'] as const
export type AccountState = (typeof accountStates)[number]

/** What a person may ask for when registering; every other role comes by invitation. */
export const registrationRoles = [
  'moa_focal',
  'lgu_focal',
  'partner',
  'community_leader',
  'researcher',
] as const satisfies readonly Role[]
export type RegistrationRole = (typeof registrationRoles)[number]

/** What a request for an account waits for. */
export const approvalStages = ['endorsement', 'approval'] as const
export type ApprovalStage = (typeof approvalStages)[number]

export const grantEffects = ['allow', 'deny'] as const
export type GrantEffect = (typeof grantEffects)[number]

export const passwordMin = 12
export const passwordMax = 200
export const tokenDaysMax = 365
