import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * A configuration from `deploy/`, with only the given places changed, so that what operators get is what is tested.
 * @throws when one of the places is not in the file
 */
export function shipped(path: string, changes: [RegExp, string][]): string {
  let text = readFileSync(fileURLToPath(new URL(`../../../deploy/${path}`, import.meta.url)), 'utf8')
  for (const [place, replacement] of changes) {
    if (!place.test(text)) throw new Error(`deploy/${path} has no ${place}`)
    text = text.replace(place, replacement)
  }
  return text
}
