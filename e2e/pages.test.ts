import { beforeAll, expect, it } from 'vitest'
import type { TestUser } from '#testing/factories.ts'
import { journeys, password } from './rig.ts'
import { addressOf, pagesLoaded, routes } from './routes.ts'
import { sendFile } from './send-file.ts'
import { expectFit } from './steps.ts'

journeys('every page', (rig) => {
  let admin: TestUser
  let partner: TestUser
  /** What stands for `$communityId` and the like. */
  const ids: Record<string, string> = {}
  /** The secret of a mailed link, by the page it leads to. */
  const mailed: Record<string, string> = {}

  beforeAll(async () => {
    admin = await rig.createUser({ role: 'administrator', name: 'Noor-ain Macapagal' })
    partner = await rig.createUser({ role: 'partner' })
    ids.userId = partner.id
    ids.code = '1208000000'
    ids.communityId = await rig.createCommunity({
      name: 'Purok Mapayapa',
      population: 1250,
      primaryGroup: 'maguindanaon',
      latitude: 6.1,
      longitude: 125.3,
    })
    await rig.createCommunity({ name: 'Sitio Walang Bilang', barangayCode: '0931700002', status: 'presumed' })

    const page = await rig.browse(admin)
    const api = async (path: string, { headers, ...options }: { headers?: object; [name: string]: unknown }) => {
      const asOurPage = { ...options, headers: { origin: rig.url, ...headers } }
      const reply = await page.request.post(`${rig.url}/api/v1${path}`, asOurPage)
      expect(reply.ok(), await reply.text()).toBe(true)
      return reply.status() === 202 ? undefined : reply.json()
    }
    const invited = { name: 'Invited Person', email: 'invited@example.org', role: 'researcher' }
    await api('/invitations', { data: invited, headers: { 'idempotency-key': 'one-invitation-0001' } })
    await api('/registrations', {
      data: {
        role: 'researcher',
        name: 'Waiting Person',
        email: 'waiting@example.org',
        position: 'Student',
        phone: '0917 123 4567',
        note: 'A thesis on schools.',
        password,
      },
    })
    const buffer = Buffer.from('Community name,Barangay PSGC\r\nPurok One,1208001001\r\nPurok Two,99')
    const sent = await api('/imports', { multipart: { file: { name: 'list.csv', mimeType: 'text/csv', buffer } } })
    ids.importId = sent.id
    mailed['/accept-invitation'] = (await rig.letterTo(invited.email, 'Invitation')).text.match(/#\S+/)?.[0] ?? ''
    ids.fileId = await sendFile(page.request, rig.url, {
      name: 'Minutes of the consultation.txt',
      content: Buffer.from('The elders asked for a deep well.'),
      intent: { record: { type: 'community', id: ids.communityId }, type: 'minutes', tags: ['water'] },
    })
    await api('/folders', { data: { name: 'MANA reports' }, headers: { 'idempotency-key': 'one-folder-00000001' } })
    const { secret } = await api(`/files/${ids.fileId}/shares`, {
      data: { days: 7, note: 'Engineer' },
      headers: { 'idempotency-key': 'one-share-000000001' },
    })
    mailed['/shared'] = `#${secret}`
    mailed['/reset-password'] = `#${'x'.repeat(43)}`
    await page.context().close()
  })

  it('is found in the router', () => {
    expect(routes.length).toBe(pagesLoaded + 1)
  })

  it.each(routes)('$path', async ({ path, needsSession }) => {
    const page = await rig.open(`${addressOf(path, ids)}${mailed[path] ?? ''}`, {
      as: needsSession ? admin : undefined,
    })
    await expectFit(page)
  })
})
