import { z } from 'zod'
import { damages, fastestMove, moveStates, slowestMove, storeNames } from './media.options.ts'
import { timestamp, uuid } from './paging.ts'
import { defineRoutes } from './route.ts'

const count = z.number().int()
const store = z.enum(storeNames)
const amount = z.object({ objects: count, bytes: count })

export const storeView = z.object({
  name: store,
  /** Its settings are there. */
  configured: z.boolean(),
  /** Sound copies in it. */
  ...amount.shape,
  /** What it lacks of all that is kept. */
  missing: amount,
  /** Null: it has no end that could be known. */
  room: z.object({ freeBytes: count, totalBytes: count }).nullable(),
  /** Null when it is not configured. Looked at every half minute. */
  reachable: z.boolean().nullable(),
  why: z.string().nullable(),
})
export type StoreView = z.infer<typeof storeView>

export const moveView = z.object({
  id: uuid,
  target: store,
  state: z.enum(moveStates),
  /** Somebody works on it at this moment. */
  working: z.boolean(),
  limitBytesPerSecond: count.nullable(),
  total: amount,
  copied: amount,
  verified: amount,
  bytesPerSecond: count,
  /** Until everything is copied and verified; null when nothing says how long. */
  secondsLeft: count.nullable(),
  problem: z.string().nullable(),
  startedAt: timestamp,
  startedBy: z.object({ id: uuid, name: z.string() }).nullable(),
  beatAt: timestamp,
  endedAt: timestamp.nullable(),
  /** Copies in the other store, which a clean-up removes. */
  left: amount,
  cleaning: z.boolean(),
  cleanedAt: timestamp.nullable(),
})
export type MoveView = z.infer<typeof moveView>

export const mediaView = z.object({
  now: timestamp,
  /** What is kept, once however many copies there are. */
  kept: amount,
  stores: z.array(storeView),
  /** As USE_S3 says. */
  preferred: store,
  /** Where new files go. */
  target: store,
  move: moveView.nullable(),
  scrub: z
    .object({
      startedAt: timestamp,
      endedAt: timestamp.nullable(),
      copies: count,
      bytes: count,
      damaged: count,
      mended: count,
    })
    .nullable(),
  problems: z.object({
    count,
    /** The first ones. */
    items: z.array(
      z.object({
        sha256: z.string(),
        store,
        problem: z.enum(damages),
        bytes: count,
        /** There is a sound copy in the other store. */
        elsewhere: z.boolean(),
        /** What it is called where it is used. */
        names: z.array(z.string()),
      }),
    ),
  }),
  unused: z.object({ ...amount.shape, graceDays: count }),
  quota: z.object({ usedBytes: count, limitBytes: count.nullable() }),
})
export type MediaView = z.infer<typeof mediaView>

const params = z.object({ moveId: uuid })

export const mediaRoutes = defineRoutes({
  show: {
    method: 'GET',
    path: '/api/v1/media',
    summary: 'Where files lie, the newest move of them from the volume to the bucket or back, and what is damaged.',
    permission: 'system.read',
    reply: mediaView,
  },
  start: {
    method: 'POST',
    path: '/api/v1/media/moves',
    summary: 'Move all files to the other store, while people work. Or go on with the move that stands.',
    permission: 'system.edit',
    body: z.strictObject({
      target: store,
      /** At most so many megabytes (10⁶) a second, read and written together counting once. */
      megabytesPerSecond: z.number().int().min(slowestMove).max(fastestMove).optional(),
    }),
    reply: z.object({ id: uuid }),
    status: 201,
  },
  pause: {
    method: 'POST',
    path: '/api/v1/media/moves/:moveId/pause',
    summary: 'Stop copying; new files still go to the target.',
    permission: 'system.edit',
    params,
  },
  resume: {
    method: 'POST',
    path: '/api/v1/media/moves/:moveId/resume',
    summary: 'Go on with a move that was paused, failed or left by whoever worked on it.',
    permission: 'system.edit',
    params,
  },
  cancel: {
    method: 'POST',
    path: '/api/v1/media/moves/:moveId/cancel',
    summary: 'Give a move up: new files go again where USE_S3 says; what was copied stays.',
    permission: 'system.edit',
    params,
  },
  cleanup: {
    method: 'POST',
    path: '/api/v1/media/moves/:moveId/cleanup',
    summary: 'Remove the copies in the store that was left, of what was verified in the other.',
    permission: 'system.edit',
    params,
  },
})
