import { expect, it } from 'vitest'
import { journeys } from './rig.ts'
import { arrives, choice, eventually, link, option, sees } from './steps.ts'

/** Share of the picture that has another colour than its commonest one, and how many colours there are. */
const look = (encoded: string) =>
  new Promise<{ colours: number; drawn: number }>((done) => {
    const image = new Image()
    image.onload = () => {
      const canvas = new OffscreenCanvas(image.width, image.height)
      const context = canvas.getContext('2d')
      context?.drawImage(image, 0, 0)
      const pixels = new Uint32Array(context?.getImageData(0, 0, image.width, image.height).data.buffer ?? [])
      const counts = new Map<number, number>()
      for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1)
      done({ colours: counts.size, drawn: 1 - Math.max(...counts.values()) / pixels.length })
    }
    image.src = `data:image/png;base64,${encoded}`
  })

journeys('the map', (rig) => {
  it('draws the filtered communities, and takes the filter to the table and the list', async () => {
    const near = { barangayCode: '1208001001', status: 'confirmed' }
    for (const [index, name] of ['Tahimik', 'Payapa', 'Maligaya'].entries())
      await rig.createCommunity({ ...near, name: `Purok ${name}`, latitude: 6.1 + index / 100, longitude: 125.28 })
    await rig.createCommunity({
      name: 'Sitio Malayo',
      barangayCode: '0931700002',
      status: 'presumed',
      latitude: 6.95,
      longitude: 121.95,
    })
    await rig.createCommunity({ name: 'Without a place on the map', status: 'confirmed' })
    const page = await rig.open('/map', { as: await rig.createUser({ role: 'staff' }) })
    await sees(page, '4 communities on the map')
    await link(page, '1 without coordinates').waitFor()

    const map = page.getByRole('region', { name: 'Map of communities' })
    const drawn = async () => page.evaluate(look, (await map.screenshot()).toString('base64'))
    await eventually(drawn).toSatisfy(
      ({ colours, drawn }: { colours: number; drawn: number }) => colours > 50 && drawn > 0.05,
    )

    await choice(page, 'Status').click()
    await option(page, 'Confirmed').click()
    await page.keyboard.press('Escape')
    await sees(page, '3 communities on the map')
    await page.getByRole('radiogroup', { name: 'View' }).getByText('Table').click()
    const table = page.getByRole('table', { name: 'Communities on the map' })
    expect(await table.getByRole('rowheader').allTextContents()).toEqual([
      'Purok Maligaya',
      'Purok Payapa',
      'Purok Tahimik',
    ])
    await link(page, 'As a list').click()
    await arrives(page, 'Communities')
    expect(new URL(page.url()).search).toBe('?status=confirmed')
    await page.getByRole('button', { name: /^Confirmed 4/, pressed: true }).waitFor()
    await link(page, 'On the map').click()
    await arrives(page, 'Map')
    await sees(page, '3 communities on the map')
  })

  it('opens the community under the mark', async () => {
    await rig.createCommunity({
      name: 'Sitio Mag-isa',
      barangayCode: '1208001001',
      status: 'none_found',
      latitude: 6.2,
      longitude: 125.3,
    })
    const page = await rig.open('/map?status=none_found', { as: await rig.createUser({ role: 'staff' }) })
    const map = page.getByRole('region', { name: 'Map of communities' })
    const card = page.getByRole('region', { name: 'Chosen on the map' })
    const box = await map.boundingBox()
    // The only mark of the filter stands in the middle of the map; it can be hit once the map is drawn.
    await expect
      .poll(
        async () => {
          await map.click({ position: { x: (box?.width ?? 0) / 2, y: (box?.height ?? 0) / 2 } })
          return card.count()
        },
        { timeout: 20_000, interval: 500 },
      )
      .toBe(1)
    await sees(card, 'Sitio Mag-isa')
    await link(card, 'Open the record').click()
    await arrives(page, 'Sitio Mag-isa')
  })
})
