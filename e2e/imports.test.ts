import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { journeys } from './rig.ts'
import { arrives, button, link, sees } from './steps.ts'

const header = 'Community name,Barangay PSGC,Status,OBC population'
const file = (name: string, rows: string[]) => ({
  name,
  mimeType: 'text/csv',
  buffer: Buffer.from([header, ...rows].join('\r\n')),
})

async function upload(page: Page, ...given: Parameters<typeof file>): Promise<void> {
  const chooser = page.waitForEvent('filechooser')
  await button(page, 'Choose a file').click()
  await (await chooser).setFiles(file(...given))
  await arrives(page, given[0])
}

journeys('importing a spreadsheet', (rig) => {
  it('gives back a file with errors and its reasons, then registers the corrected one', async () => {
    const page = await rig.open('/imports', { as: await rig.createUser({ role: 'staff', name: 'Omar Encoder' }) })
    await sees(page, 'Nothing was imported yet')
    await upload(page, 'field list.csv', [
      'Purok Darussalam,1208001001,Presumed,140',
      'Purok Wrong Place,9999999999,Presumed,80',
      'Purok Many,1208001001,Presumed,minus two',
    ])
    await sees(page, '2 rows are wrong, so nothing can be registered yet')
    await page.getByRole('row', { name: /Line 3 .*9999999999/ }).waitFor()
    await page.getByRole('row', { name: /Line 4 .*minus two/ }).waitFor()
    expect(await rig.query('SELECT FROM communities')).toHaveLength(0)

    const download = page.waitForEvent('download')
    await link(page, 'Download the file with the reasons').click()
    const marked = await download
    expect(marked.suggestedFilename()).toBe('field list (marked).csv')
    const lines = (await readFile(await marked.path(), 'utf8'))
      .replace(/^\uFEFF/, '')
      .trim()
      .split('\r\n')
    expect(lines).toHaveLength(4)
    expect(lines[0]).toBe(`Problem,${header}`)
    expect(lines[1]).toBe(',Purok Darussalam,1208001001,Presumed,140')
    expect(lines[2]).toMatch(/^"?[A-Z].+Purok Wrong Place,9999999999/)
    expect(lines[3]).toMatch(/^"?[A-Z].+Purok Many,1208001001,Presumed,minus two$/)

    await link(page, 'Import another file').click()
    await arrives(page, 'Imports')
    await upload(page, 'field list corrected.csv', [
      'Purok Darussalam,1208001001,Presumed,140',
      'Purok Right Place,0931700002,Presumed,80',
    ])
    await sees(page, '2 communities can be registered')
    await button(page, 'Register 2 communities').click()
    await button(page.getByRole('dialog'), 'Register 2 communities').click()
    await sees(page, '2 communities were registered')
    await link(page, 'Open the list').click()
    await arrives(page, 'Communities')
    await link(page, 'Purok Darussalam').waitFor()
    await link(page, 'Purok Right Place').click()
    await page.getByRole('tab', { name: 'History' }).click()
    await sees(page, 'Registered by an import')
  })

  it('registers nothing of a file that is not wanted, and lists every import', async () => {
    const page = await rig.open('/imports', { as: await rig.createUser({ role: 'staff' }) })
    await upload(page, 'not wanted.csv', ['Purok Unwanted,1208001001,Presumed,12'])
    await sees(page, '1 community can be registered')
    await button(page, 'Do not register').click()
    await button(page.getByRole('dialog'), 'Do not register').click()
    await sees(page, 'This import was cancelled')
    expect(await rig.query("SELECT FROM communities WHERE name = 'Purok Unwanted'")).toHaveLength(0)

    await link(page, 'Import another file').click()
    const list = page.getByRole('table', { name: 'Earlier imports' })
    await list.getByRole('row', { name: /not wanted\.csv Cancelled/ }).waitFor()
    await list.getByRole('row', { name: /field list corrected\.csv Registered/ }).waitFor()
    await list.getByRole('row', { name: /field list\.csv Checked/ }).waitFor()
  })

  it('says what a file is that it cannot take', async () => {
    const page = await rig.open('/imports', { as: await rig.createUser({ role: 'staff' }) })
    await upload(page, 'no names.csv', ['a,b,c,d'].slice(1))
    await sees(page, 'The file has no rows')
  })
})
