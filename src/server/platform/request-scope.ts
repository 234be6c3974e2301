import { AsyncLocalStorage } from 'node:async_hooks'

const scope = new AsyncLocalStorage<string>()

/** Runs `work`, and all that it starts, in the name of a request. */
export const inRequest = <T>(requestId: string | undefined, work: () => T): T =>
  requestId === undefined ? scope.exit(work) : scope.run(requestId, work)

/** The request in whose name this runs, also inside the jobs that it caused. */
export const currentRequestId = (): string | undefined => scope.getStore()
