type Values = readonly (number | null)[]

/** A round number at or above: 1, 2 or 5 times a power of ten. */
export function roundAbove(value: number): number {
  if (value <= 0) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  const step = [1, 2, 5, 10].find((factor) => factor * power >= value * (1 - 1e-9)) ?? 10
  return step * power
}

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

/** A line in a field of `values.length - 1` by 100, broken where nothing was measured; a lone value is a dot. */
export function linePath(values: Values, top: number): string {
  const y = (index: number) => (100 - ((values[index] ?? 0) / top) * 100).toFixed(2)
  return stretches(values)
    .map(([first, last]) => {
      if (first === last) return `M${first} ${y(first)}h0.01`
      return Array.from(
        { length: last - first + 1 },
        (_, step) => `${step ? 'L' : 'M'}${first + step} ${y(first + step)}`,
      ).join('')
    })
    .join('')
}

/** What lies between the line and the bottom. */
export const areaPath = (values: Values, top: number): string =>
  stretches(values)
    .filter(([first, last]) => first !== last)
    .map(([first, last]) => {
      const part = values.map((value, index) => (index >= first && index <= last ? value : null))
      return `${linePath(part, top)}L${last} 100L${first} 100Z`
    })
    .join('')
