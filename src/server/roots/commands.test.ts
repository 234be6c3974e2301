import type { Command } from 'commander'
import { expect, test } from 'vitest'
import { program } from './commands.ts'

const named = (command: Command, above: string): { words: string; command: Command }[] => {
  const words = `${above} ${command.name()}`.trim()
  return [{ words, command }, ...command.commands.flatMap((below) => named(below, words))]
}
const all = named(program, '')

test('every command says what it does and how it is used', () => {
  expect(all.map(({ words }) => words)).toEqual(
    expect.arrayContaining([
      'obcms start',
      'obcms serve',
      'obcms worker',
      'obcms migrate',
      'obcms users create-admin',
      'obcms import communities',
      'obcms jobs retry',
      'obcms demo load',
      'obcms openapi',
    ]),
  )
  for (const { words, command } of all) {
    expect(command.helpInformation()).toContain(`Usage: ${words} `)
    expect(command.description(), words).not.toBe('')
    for (const option of command.options) expect(option.description, `${words} ${option.flags}`).not.toBe('')
  }
})

test('an unknown command says what was meant', async () => {
  let said = ''
  program.exitOverride().configureOutput({ writeErr: (text) => (said += text) })
  await expect(program.parseAsync(['strat'], { from: 'user' })).rejects.toMatchObject({ exitCode: 1 })
  expect(said).toMatch(/unknown command 'strat'\n\(Did you mean start\?\)/)
})
