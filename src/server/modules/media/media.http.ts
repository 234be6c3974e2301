import { type MediaView, mediaRoutes } from '#contract/media.ts'
import type { HttpServer } from '#server/platform/http.ts'
import type { Amount } from './media.rules.ts'
import type { MediaService, MediaState } from './media.service.ts'

const megabyte = 1_000_000
const amount = ({ objects, bytes }: Amount): Amount => ({ objects, bytes })

function toMove(move: NonNullable<MediaState['move']>): NonNullable<MediaView['move']> {
  return {
    id: move.id,
    target: move.target,
    state: move.state,
    working: move.isWorkedOn,
    limitBytesPerSecond: move.limit,
    total: amount(move.total),
    copied: amount(move.copied),
    verified: amount(move.verified),
    bytesPerSecond: move.speed,
    secondsLeft: move.secondsLeft,
    problem: move.problem,
    startedAt: move.startedAt.toISOString(),
    startedBy: move.startedBy && move.startedByName ? { id: move.startedBy, name: move.startedByName } : null,
    beatAt: move.beatAt.toISOString(),
    endedAt: move.endedAt?.toISOString() ?? null,
    left: amount(move.left),
    cleaning: move.cleanupAskedAt !== null,
    cleanedAt: move.cleanedAt?.toISOString() ?? null,
  }
}

const toView = (state: MediaState): MediaView => ({
  now: state.now.toISOString(),
  kept: amount(state.kept),
  stores: state.stores.map((store) => ({
    name: store.name,
    configured: store.isConfigured,
    ...amount(store),
    missing: amount(store.missing),
    room: store.room && { freeBytes: store.room.freeBytes, totalBytes: store.room.totalBytes },
    reachable: store.isConfigured ? store.reachable : null,
    why: store.why,
  })),
  preferred: state.preferred,
  target: state.target,
  move: state.move ? toMove(state.move) : null,
  scrub: state.scrub
    ? {
        startedAt: state.scrub.startedAt.toISOString(),
        endedAt: state.scrub.endedAt?.toISOString() ?? null,
        copies: state.scrub.copies,
        bytes: state.scrub.bytes,
        damaged: state.scrub.damaged,
        mended: state.scrub.mended,
      }
    : null,
  problems: {
    count: state.problems.count,
    items: state.problems.items.map(({ sha256, store, problem, bytes, elsewhere, names }) => ({
      sha256,
      store,
      problem,
      bytes,
      elsewhere,
      names,
    })),
  },
  unused: { ...amount(state.unused), graceDays: state.graceDays },
  quota: { usedBytes: state.quota.usedBytes, limitBytes: state.quota.limitBytes },
})

export function mediaHttp(server: HttpServer, media: MediaService): void {
  server.serve(mediaRoutes, {
    show: async () => toView(await media.show()),
    start: async ({ actor, body }) => ({
      id: await media.start(actor, {
        target: body.target,
        limit: body.megabytesPerSecond && body.megabytesPerSecond * megabyte,
      }),
    }),
    async pause({ actor, params }) {
      await media.pause(actor, params.moveId)
      return undefined
    },
    async resume({ actor, params }) {
      await media.resume(actor, params.moveId)
      return undefined
    },
    async cancel({ actor, params }) {
      await media.cancel(actor, params.moveId)
      return undefined
    },
    async cleanup({ actor, params }) {
      await media.askCleanup(actor, params.moveId)
      return undefined
    },
  })
}
