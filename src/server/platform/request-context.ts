import { AsyncLocalStorage } from 'node:async_hooks'

export interface RequestContext {
  requestId: string
}

const storage = new AsyncLocalStorage<RequestContext>()

/** Everything that `work` begins knows its request: a web request, or the one that caused a job. */
export const withRequest = <T>(requestId: string, work: () => T): T => storage.run({ requestId }, work)

export const currentRequest = (): RequestContext | undefined => storage.getStore()
