import { z } from 'zod'
import { defineJob } from '#server/platform/jobs.ts'

export const letterKinds = [
  'registration_received',
  'registration_known',
  'endorsement_needed',
  'account_approved',
  'account_refused',
  'invitation',
  'password_reset',
  'password_changed',
  'two_factor_on',
  'two_factor_off',
] as const
export type LetterKind = (typeof letterKinds)[number]

/** A letter to a person of ours. Links are made when it is written, so that no secret waits in the queue. */
export const sendLetter = defineJob({
  name: 'identity.send-letter',
  payload: z.object({ kind: z.enum(letterKinds), userId: z.uuid() }),
  attempts: 8,
  limitSeconds: 60,
  queue: 'mail',
  concurrency: 4,
})

/** Looks the name up beside the request, so that the answer takes as long for an unknown one. */
export const answerForgottenPassword = defineJob({
  name: 'identity.answer-forgotten-password',
  payload: z.object({ email: z.string() }),
  attempts: 8,
  limitSeconds: 60,
  queue: 'mail',
})

export const cleanUp = defineJob({
  name: 'identity.clean-up',
  payload: z.object({}),
  attempts: 3,
  limitSeconds: 600,
  schedule: '0 3 * * *',
})
