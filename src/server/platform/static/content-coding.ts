/** Best first: where two are equally welcome, the earlier one is sent. */
export const codings = ['br', 'zstd', 'gzip', 'identity'] as const
export type Coding = (typeof codings)[number]

type Weights = ReadonlyMap<string, number>

const weight = /^q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/i

function parse(header: string): Weights {
  const weights = new Map<string, number>()
  for (const part of header.toLowerCase().split(',')) {
    const [name = '', ...parameters] = part.split(';').map((word) => word.trim())
    if (!name) continue
    const q = parameters.find((word) => word.startsWith('q='))
    // A weight that cannot be read is no consent.
    weights.set(name === 'x-gzip' ? 'gzip' : name, q === undefined ? 1 : Number(weight.exec(q)?.[1] ?? 0))
  }
  return weights
}

/** Browsers send a handful of different headers; whoever invents more of them is parsed each time. */
const known = new Map<string, Weights>()
const mostKnown = 100

function weightsOf(header: string): Weights {
  const found = known.get(header)
  if (found) return found
  const weights = parse(header)
  if (known.size < mostKnown && header.length < 200) known.set(header, weights)
  return weights
}

/** RFC 9110, 12.5.3: identity is acceptable unless it, or `*` without it, has weight 0; it counts least when it is not named. */
function weightOf(coding: Coding, weights: Weights): number {
  const named = weights.get(coding)
  if (named !== undefined) return named
  const any = weights.get('*')
  if (coding !== 'identity') return any ?? 0
  return any === 0 ? 0 : Number.MIN_VALUE
}

/**
 * What to send to a client with this `Accept-Encoding`.
 * @param offered what there is, best first
 * @returns undefined when nothing that there is may be sent
 */
export function chooseCoding(header: string | undefined, offered: readonly Coding[]): Coding | undefined {
  if (header === undefined) return 'identity'
  const weights = weightsOf(header)
  let best: Coding | undefined
  let bestWeight = 0
  for (const coding of offered) {
    const at = weightOf(coding, weights)
    if (at > bestWeight) [best, bestWeight] = [coding, at]
  }
  return best
}
