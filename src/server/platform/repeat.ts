/**
 * Does `work` again and again, never twice at once, and keeps no process alive. `work` answers for its own errors.
 * @param delayMs from the end of one time to the start of the next
 * @returns stops; resolves when what has begun is done
 */
export function repeat(delayMs: () => number, work: () => Promise<void>): () => Promise<void> {
  let isStopped = false
  let going = Promise.resolve()
  let timer: NodeJS.Timeout
  const plan = (): void => {
    timer = setTimeout(() => {
      going = work().finally(() => isStopped || plan())
    }, delayMs()).unref()
  }
  plan()
  return async () => {
    isStopped = true
    clearTimeout(timer)
    await going
  }
}
