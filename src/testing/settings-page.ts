import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { nameOf, type Setting, settings } from '#server/platform/settings.ts'

export const settingsPagePath = fileURLToPath(new URL('../../docs/deployment/settings.md', import.meta.url))

const cell = (text: string): string => text.replaceAll('|', '\\|')

function row(entry: Setting<unknown>): string {
  const name = nameOf(entry)
  const sample = entry.example.slice(name.length + 1)
  const file = entry.secret ? `; or \`${name}_FILE\`` : ''
  return `| \`${name}\`${file} | ${cell(entry.type)} | ${sample ? `\`${sample}\`` : ''} | ${cell(entry.why)} |`
}

/** The text of `docs/deployment/settings.md`. */
export function settingsPage(): string {
  const groups = Map.groupBy(Object.values(settings) as Setting<unknown>[], (entry) => entry.group)
  const blocks = [...groups].map(
    ([group, entries]) =>
      `## ${group}\n\n| setting | kind | default or sample | what for |\n|---|---|---|---|\n${entries.map(row).join('\n')}\n`,
  )
  const head = [
    '# Every setting',
    '',
    'Made from `src/server/platform/settings.ts` by `npm run settings-page`; a test fails when they differ. A secret may stand in a file',
    'whose path is given under its name with `_FILE`. `obcms check --deploy` says what is wrong with those in force.',
    '',
  ]
  return `${head.join('\n')}\n${blocks.join('\n')}`
}

if (import.meta.main) writeFileSync(settingsPagePath, settingsPage())
