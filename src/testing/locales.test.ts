import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { allJobs } from '#server/compose.ts'

const here = new URL('../web/locales/', import.meta.url)
const languages = readdirSync(here, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
const areas = readdirSync(new URL('en/', here))

type Words = { [key: string]: string | Words }

function flat(words: Words, path = ''): [string, string][] {
  return Object.entries(words).flatMap(([key, value]) =>
    typeof value === 'string' ? [[`${path}${key}`, value] as [string, string]] : flat(value, `${path}${key}.`),
  )
}
const read = (language: string, area: string) =>
  new Map(flat(JSON.parse(readFileSync(new URL(`${language}/${area}`, here), 'utf8'))))
/** “one” may say the count as a word. */
const placeholders = (key: string, text: string) =>
  [...text.matchAll(/\{\{\w+\}\}|#/g)]
    .map(String)
    .filter((name) => !(key.endsWith('_one') && name === '{{count}}'))
    .sort()

test('there are two languages at least', () => {
  expect(languages).toEqual(expect.arrayContaining(['en', 'fil']))
})

for (const language of languages) {
  test(`${language} has the areas of English`, () => {
    expect(readdirSync(new URL(`${language}/`, here))).toEqual(areas)
  })
  test.each(areas)(`${language}/%s says everything that English says, with the same figures in it`, (area) => {
    const english = read('en', area)
    const words = read(language, area)
    expect([...words.keys()].sort()).toEqual([...english.keys()].sort())
    for (const [key, text] of words) {
      expect(text.trim(), key).not.toBe('')
      expect(placeholders(key, text), key).toEqual(placeholders(key, english.get(key) ?? ''))
    }
  })
  test(`${language} has a name for every kind of job`, () => {
    const words = read(language, 'system.json')
    expect(allJobs.map((job) => job.name).filter((name) => !words.has(`kind.${name}`))).toEqual([])
  })
}
