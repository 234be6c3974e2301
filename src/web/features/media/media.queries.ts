import { queryOptions } from '@tanstack/react-query'
import type { MediaView } from '#contract/media.ts'
import { call } from '#web/lib/api.ts'
import { queryClient } from '#web/lib/query.ts'

export type Store = MediaView['stores'][number]['name']

const soonMs = 3_000
const laterMs = 15_000
const isBusy = (view: MediaView | undefined): boolean =>
  view?.move?.state === 'copying' || view?.move?.state === 'verifying' || view?.move?.cleaning === true

/** More often while something moves. */
export const mediaQuery = queryOptions({
  queryKey: ['media'],
  queryFn: ({ signal }) => call('GET /api/v1/media', { signal }),
  refetchInterval: ({ state }) => (isBusy(state.data) ? soonMs : laterMs),
})

const lookAgain = () => queryClient.invalidateQueries({ queryKey: mediaQuery.queryKey })

export async function startMove(target: Store, megabytesPerSecond: number | undefined): Promise<void> {
  await call('POST /api/v1/media/moves', { body: { target, megabytesPerSecond } })
  await lookAgain()
}

export async function pauseMove(moveId: string): Promise<void> {
  await call('POST /api/v1/media/moves/:moveId/pause', { params: { moveId } })
  await lookAgain()
}

export async function resumeMove(moveId: string): Promise<void> {
  await call('POST /api/v1/media/moves/:moveId/resume', { params: { moveId } })
  await lookAgain()
}

export async function cancelMove(moveId: string): Promise<void> {
  await call('POST /api/v1/media/moves/:moveId/cancel', { params: { moveId } })
  await lookAgain()
}

export async function cleanUp(moveId: string): Promise<void> {
  await call('POST /api/v1/media/moves/:moveId/cleanup', { params: { moveId } })
  await lookAgain()
}
