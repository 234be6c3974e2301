/** Runs so many at once. A failure ends it: it is told by the next `start` or by `end`, whenever it came. */
export function several(most: number) {
  const running = new Set<Promise<void>>()
  let failure: { error: unknown } | undefined
  const tell = (): void => {
    if (failure) throw failure.error
  }
  return {
    /** Waits for a free place afterwards. */
    async start(work: () => Promise<void>): Promise<void> {
      tell()
      const one: Promise<void> = work()
        .catch((error: unknown) => {
          failure ??= { error }
        })
        .finally(() => running.delete(one))
      running.add(one)
      if (running.size >= most) await Promise.race(running)
      tell()
    },
    /** Everything has ended, well or not. */
    async settled(): Promise<void> {
      await Promise.all(running)
    },
    async end(): Promise<void> {
      await Promise.all(running)
      tell()
    },
  }
}
