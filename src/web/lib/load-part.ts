import { OfflineError } from './api.ts'

/** Whether the server answers at all. */
export async function serverAnswers(): Promise<boolean> {
  try {
    return (await fetch('/logo.svg', { method: 'HEAD', cache: 'no-store' })).ok
  } catch {
    return false
  }
}

/**
 * Loads a part of the app that is fetched when needed. (After a release the old parts are gone; the router then loads the page again.)
 * @throws OfflineError when the line or the server is away
 */
export async function loadPart<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (error) {
    if (await serverAnswers()) throw error
    throw new OfflineError('A part of the page could not be fetched.', { cause: error })
  }
}
