import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { collectStatic } from './collect.ts'
import { compressSite } from './compressed.ts'

const room = mkdtempSync(join(tmpdir(), 'obcms-collect-'))
afterAll(() => rmSync(room, { recursive: true }))

async function release(name: string): Promise<string> {
  const dir = join(room, `site-${name}`)
  mkdirSync(join(dir, 'assets'), { recursive: true })
  writeFileSync(join(dir, 'index.html'), `<script src="/assets/app-${name}.js"></script>`)
  writeFileSync(join(dir, `assets/app-${name}.js`), `release ${name} `.repeat(200))
  await compressSite(dir)
  return dir
}

it('keeps what pages of the last release still ask for, and no older one', async () => {
  const out = join(room, 'out')
  const has = () => ['one', 'two', 'three'].filter((name) => existsSync(join(out, `assets/app-${name}.js.br`)))
  const sites = [await release('one'), await release('two'), await release('three')] as const
  await collectStatic(sites[0], out)
  await collectStatic(sites[1], out)
  expect(has()).toEqual(['one', 'two'])
  expect(await collectStatic(sites[1], out)).toMatchObject({ written: 0 })
  expect(has()).toEqual(['one', 'two'])
  await collectStatic(sites[2], out)
  expect(has()).toEqual(['two', 'three'])
})

it('mends what a killed run or a careless hand has left, and lists every file', async () => {
  const [site, out] = [await release('four'), join(room, 'mended')]
  await Promise.all([collectStatic(site, out), collectStatic(site, out)])
  rmSync(join(out, 'manifest.json'))
  writeFileSync(join(out, 'assets/app-four.js'), 'half')
  await collectStatic(site, out, 'https://static.example.gov.ph')
  expect(readFileSync(join(out, 'index.html'), 'utf8')).toContain('"https://static.example.gov.ph/assets/app-four.js"')
  const { files } = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8'))
  for (const [name, { bytes }] of Object.entries<{ bytes: number }>(files))
    expect(statSync(join(out, name)).size).toBe(bytes)
  expect(files['assets/app-four.js.br']).toMatchObject({ encoding: 'br', type: 'text/javascript; charset=utf-8' })
})

it('does not touch a folder of others', async () => {
  const out = join(room, 'others')
  mkdirSync(out)
  writeFileSync(join(out, 'letter.txt'), 'mine')
  await expect(collectStatic(await release('five'), out)).rejects.toThrow(/holds files that are not of OBCMS/)
})
