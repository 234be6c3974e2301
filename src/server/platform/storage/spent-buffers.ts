import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

const everyBytes = 16 * 1_048_576
let sinceLast = 0
let collect: ((options: { type: 'minor' }) => void) | undefined

/**
 * V8 lets the buffers that a stream has handed on pile up to more than 60 MB before it looks at them. Streams of files say here what
 * passed, and it looks each 16 MiB: a quarter of a millisecond, and a large file takes as much memory as a small one.
 */
export function passed(bytes: number): void {
  sinceLast += bytes
  if (sinceLast < everyBytes) return
  sinceLast = 0
  if (!collect) {
    setFlagsFromString('--expose-gc')
    collect = runInNewContext('gc') as NonNullable<typeof collect>
    setFlagsFromString('--no-expose-gc')
  }
  collect({ type: 'minor' })
}
