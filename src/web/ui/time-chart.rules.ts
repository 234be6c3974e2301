type Values = readonly (number | null)[]

const roundFactors = [1, 1.5, 2, 3, 4, 5, 6, 8, 10]

/** A round number at or above. */
export function roundAbove(value: number): number {
  if (value <= 0) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  const factor = roundFactors.find((one) => one * power >= value * (1 - 1e-9)) ?? 10
  return factor * power
}

/** Where the scale ends; of things that are counted, at an even number, so that its middle is one of them too. */
export const topOf = (most: number, counted: boolean): number =>
  counted ? 2 * Math.ceil(roundAbove(most / 2)) : roundAbove(most)

/** Stretches without a gap, as [first, last] of their indices. */
export function stretches(values: Values): [number, number][] {
  const found: [number, number][] = []
  values.forEach((value, index) => {
    if (value === null) return
    const last = found.at(-1)
    if (last && last[1] === index - 1) last[1] = index
    else found.push([index, index])
  })
  return found
}

const yOf = (value: number | null | undefined, top: number): string => (100 - ((value ?? 0) / top) * 100).toFixed(2)

/** A line in a field of `values.length - 1` by 100, broken where nothing was measured. */
export const linePath = (values: Values, top: number): string =>
  stretches(values)
    .filter(([first, last]) => first !== last)
    .map(([first, last]) =>
      values
        .slice(first, last + 1)
        .map((value, step) => `${step ? 'L' : 'M'}${first + step} ${yOf(value, top)}`)
        .join(''),
    )
    .join('')

/** Values alone between gaps, which no line shows. */
export const dotPath = (values: Values, top: number): string =>
  stretches(values)
    .filter(([first, last]) => first === last)
    .map(([first]) => `M${first} ${yOf(values[first], top)}h0.01`)
    .join('')

/** What lies between the line and the bottom. */
export const areaPath = (values: Values, top: number): string =>
  stretches(values)
    .filter(([first, last]) => first !== last)
    .map(([first, last]) => {
      const part = values.map((value, index) => (index >= first && index <= last ? value : null))
      return `${linePath(part, top)}L${last} 100L${first} 100Z`
    })
    .join('')

/** Every sixth hour: where it lies between the first (0) and the last time (1), away from the edges. */
export function hourMarks(clock: readonly string[]): { at: number; label: string }[] {
  const minutes = clock.map((time) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3)))
  return minutes.flatMap((minute, index) => {
    const before = minutes[index - 1]
    if (before === undefined) return []
    const past = minute % 360
    const step = (minute - before + 1_440) % 1_440
    if (past >= step) return []
    const at = (index - past / step) / (clock.length - 1)
    return at < 0.05 || at > 0.95 ? [] : [{ at, label: `${String(Math.floor(minute / 60)).padStart(2, '0')}:00` }]
  })
}
