import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { readSpreadsheet } from '#server/platform/spreadsheets/read.ts'
import { journeys } from './rig.ts'
import { button, choice, option, sees } from './steps.ts'

async function save(page: Page, format: string): Promise<{ path: string; name: string }> {
  await button(page, 'Export').click()
  const download = page.waitForEvent('download')
  await page.getByRole('menuitem', { name: format }).click()
  const file = await download
  return { path: await file.path(), name: file.suggestedFilename() }
}

async function namesIn(path: string): Promise<string[]> {
  const names: string[] = []
  let column: number | undefined
  for await (const { cells } of readSpreadsheet(path)) {
    if (column === undefined) column = cells.indexOf('Community name')
    else names.push(cells[column] ?? '')
  }
  return names
}

journeys('exporting', (rig) => {
  it('gives exactly the filtered rows in each format', async () => {
    for (const name of ['Purok Banaag', 'Purok Dakila', 'Purok Alab'])
      await rig.createCommunity({ name, barangayCode: '1208001001', status: 'confirmed', primaryGroup: 'maguindanaon' })
    await rig.createCommunity({ name: 'Purok Labas', barangayCode: '0931700002', primaryGroup: 'maguindanaon' })
    await rig.createCommunity({ name: 'Purok Tausug', barangayCode: '1208001001', primaryGroup: 'tausug' })
    await rig.createCommunity({ name: 'Purok Noon', barangayCode: '1208001001', archivedAt: new Date() })

    const page = await rig.open('/communities', { as: await rig.createUser({ role: 'staff' }) })
    await choice(page, 'Place').fill('alabel')
    await option(page, /^Alabel Municipality/).click()
    await choice(page, 'Group').click()
    await option(page, 'Maguindanaon').click()
    await page.keyboard.press('Escape')
    await sees(page, '1–3 of 3')
    const expected = ['Purok Alab', 'Purok Banaag', 'Purok Dakila']

    const csv = await save(page, 'Text table (.csv)')
    expect(csv.name).toMatch(/^obc-communities-\d{4}-\d\d-\d\d\.csv$/)
    expect(await namesIn(csv.path)).toEqual(expected)
    const xlsx = await save(page, 'Excel workbook (.xlsx)')
    expect(xlsx.name).toMatch(/\.xlsx$/)
    expect(await namesIn(xlsx.path)).toEqual(expected)
    const geojson = await save(page, 'Map data (.geojson)')
    const { features } = JSON.parse(await readFile(geojson.path, 'utf8')) as {
      features: { properties: { name: string } }[]
    }
    expect(features.map(({ properties }) => properties.name)).toEqual(expected)
  })
})
