import { z } from 'zod'
import type { ImportState } from './imports.options.ts'
import { defineRoutes } from './route.ts'

/** What a person's open pages are told, by kind. Small: a page that wants more asks for it. */
export interface EventData {
  'import.changed': {
    id: string
    fileName: string
    state: ImportState
    progress: { done: number; total: number | null }
    rows: { total: number; ready: number; wrong: number; warned: number }
  }
  /** Role, permissions or sessions of the person changed. */
  'access.changed': Record<string, never>
}
export type EventKind = keyof EventData

/** One message of the stream. The same event may come twice, and has the same `id` then. */
export type EventView = {
  [K in EventKind]: { id: number | null; kind: K; at: string; data: EventData[K] }
}[EventKind]

/** The first message of each stream: when it began. */
export interface StreamOpened {
  kind: 'opened'
  at: string
}

export const eventRoutes = defineRoutes({
  stream: {
    method: 'GET',
    path: '/api/v1/events',
    summary:
      'What changes for the person meanwhile, as server-sent events (imports, access). `Last-Event-ID` or `after` resumes within a day.',
    permission: 'signed_in',
    only: 'browser',
    query: z.object({
      /** The last event id that was seen, where the header cannot be set. */
      after: z
        .string()
        .regex(/^\d{1,15}$/)
        .optional(),
    }),
    stream: true,
  },
})
