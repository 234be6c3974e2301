interface Amount {
  objects: number
  bytes: number
}

interface Shown {
  verb: string
  done: Amount
  total?: Amount
  bytesPerSecond?: number
  secondsLeft?: number | null
}

export function sizeOf(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), units.length - 1)
  return `${(bytes / 1_000 ** power).toLocaleString('en', { maximumFractionDigits: 1 })} ${units[power]}`
}
export const speedOf = (bytesPerSecond: number): string => `${sizeOf(bytesPerSecond)}/s`

export function spanOf(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min`
  return `${(seconds / 3_600).toLocaleString('en', { maximumFractionDigits: 1 })} h`
}

const barWidth = 24
/** A log gets a line now and then, not one each second. */
const quietMs = 5_000

export function wordsOf({ verb, done, total, bytesPerSecond, secondsLeft }: Shown, withBar: boolean): string {
  const share = total ? (total.bytes > 0 ? Math.min(1, done.bytes / total.bytes) : 1) : undefined
  const filled = Math.round((share ?? 0) * barWidth)
  const of = total ? ` of ${total.objects.toLocaleString('en')}` : ''
  return [
    verb.padEnd(9),
    withBar && share !== undefined ? `[${'#'.repeat(filled)}${'.'.repeat(barWidth - filled)}]` : '',
    share === undefined ? '' : `${Math.floor(share * 100)} %`.padStart(5),
    ` ${done.objects.toLocaleString('en')}${of} objects, ${sizeOf(done.bytes)}${total ? ` of ${sizeOf(total.bytes)}` : ''}`,
    bytesPerSecond ? `, ${speedOf(bytesPerSecond)}` : '',
    secondsLeft ? `, about ${spanOf(secondsLeft)} left` : '',
  ].join(' ')
}

/** A bar that redraws itself on a terminal, else a line every five seconds. */
export function progressLine(out: NodeJS.WriteStream = process.stderr) {
  let shownAt = 0
  let isOpen = false
  let last = ''
  return {
    show(shown: Shown): void {
      const now = Date.now()
      if (out.isTTY) {
        if (now - shownAt < 100) return
        out.write(`\r${wordsOf(shown, true).slice(0, out.columns - 1)}\u001b[K`)
        isOpen = true
      } else {
        if (now - shownAt < quietMs) return
        out.write(`${wordsOf(shown, false)}\n`)
      }
      shownAt = now
    },
    /** Said once, however often. */
    note(text: string): void {
      if (text !== last) out.write(`${text}\n`)
      last = text
    },
    end(): void {
      if (isOpen) out.write('\n')
      isOpen = false
    },
  }
}
