const waiting = new WeakMap<object, (() => void)[]>()

/** Runs after the transaction was committed; never when it was not. Must not throw. */
export function afterCommit(tx: object, run: () => void): void {
  const runs = waiting.get(tx)
  if (!runs) throw new Error('this transaction was not begun by db.transact')
  runs.push(run)
}

/** A transaction that does afterwards what was asked for within. */
export async function withAfterwards<Tx extends object, T>(
  transaction: (work: (tx: Tx) => Promise<T>) => Promise<T>,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  const runs: (() => void)[] = []
  const result = await transaction((tx) => {
    waiting.set(tx, runs)
    return work(tx)
  })
  for (const run of runs) run()
  return result
}
