import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { ZipFile } from 'yazl'
import type { ImportView } from '#contract/imports.ts'
import { readTypedRows } from '#server/platform/spreadsheets/read.ts'
import { xlsxStream } from '#server/platform/spreadsheets/write.ts'
import type { TestUser } from '#testing/factories.ts'
import { createTestApp, type TestApp } from '#testing/test-app.ts'

let app: TestApp
let staff: TestUser

beforeAll(async () => {
  app = await createTestApp()
  staff = await app.createUser({ role: 'staff', name: 'Aisah' })
})
afterAll(() => app.close())
afterEach(async () => {
  await app.query('TRUNCATE imports, import_rows, import_problems')
  await app.query('DELETE FROM communities')
  await app.query(`DELETE FROM pgboss.job WHERE name LIKE 'imports.%'`)
})

const header = 'Community name,Barangay PSGC,OBC population'
const alegria = '1208001001'
const ayala = '0931700002'

/** Rows of distinct communities. */
const many = (count: number): string =>
  [header, ...Array.from({ length: count }, (_, at) => `Kampong ${at},${at % 2 ? alegria : ayala},${at % 500}`)].join(
    '\n',
  )

function form(content: string | Buffer, fileName: string) {
  const boundary = '----obcms-test'
  const head = `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="${fileName}"\r\ncontent-type: application/octet-stream\r\n\r\n`
  return {
    payload: Buffer.concat([Buffer.from(head), Buffer.from(content), Buffer.from(`\r\n--${boundary}--\r\n`)]),
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
  }
}

const upload = (who: TestUser, content: string | Buffer, fileName = 'list.csv', headers = {}) => {
  const sent = form(content, fileName)
  return app.call(who, 'POST', '/api/v1/imports', { ...sent, headers: { ...sent.headers, ...headers } })
}
const show = async (id: string, who = staff): Promise<ImportView> =>
  (await app.call(who, 'GET', `/api/v1/imports/${id}`)).json()
const act = (id: string, verb: 'apply' | 'cancel' | 'retry', who = staff) =>
  app.call(who, 'POST', `/api/v1/imports/${id}/${verb}`)
const problems = async (id: string, who = staff) =>
  (await app.call(who, 'GET', `/api/v1/imports/${id}/problems`)).json().items

/** Uploads and runs the check. */
async function checked(content: string | Buffer, fileName?: string, who = staff): Promise<ImportView> {
  const reply = await upload(who, content, fileName)
  expect(reply.statusCode).toBe(201)
  await app.runJobs()
  return show(reply.json().id, who)
}

const registered = async (): Promise<number> =>
  Number((await app.query<{ count: string }>('SELECT count(*) FROM communities'))[0]?.count)
const staged = async (): Promise<number> =>
  Number((await app.query<{ count: string }>('SELECT count(*) FROM import_rows'))[0]?.count)
const keptFiles = (): string[] =>
  readdirSync(app.dataDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))

async function until(isReached: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 3000; tries += 1) {
    if (await isReached()) return
    await sleep(5)
  }
  throw new Error('never came')
}

test('names that fit no place do not keep others waiting', async () => {
  const odd = Array.from({ length: 60 }, (_, at) => `Kampong ${at},${'san '.repeat(100)}${at},Zamboanga City`)
  // The places are read into memory once.
  await checked(['name,barangay,city', odd[0]].join('\n'))
  let [last, longest] = [performance.now(), 0]
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - last)
    last = performance.now()
  }, 1)
  const start = last
  expect((await checked(['name,barangay,city', ...odd].join('\n'))).rows).toMatchObject({ wrong: 60 })
  clearInterval(timer)
  expect(longest).toBeLessThan((performance.now() - start) / 3)
})

describe('a file with errors, then the corrected one', () => {
  test('registers nothing first, everything then', async () => {
    const wrong = await checked(
      `${header}\nKampong Uno,${alegria},120\nKampong Dos,${alegria},many\n,${ayala},5\nKampong Tres,9999999999,7`,
    )
    expect(wrong).toMatchObject({
      state: 'checked',
      rows: { total: 4, ready: 1, wrong: 3, warned: 0 },
      progress: { done: 4, total: 4 },
      can: { apply: false, cancel: true, retry: false },
      createdBy: 'Aisah',
    })
    expect(await problems(wrong.id)).toMatchObject([
      { row: 3, severity: 'error', column: 'OBC population', value: 'many' },
      { row: 4, column: 'Community name', value: null },
      { row: 5, column: 'Barangay PSGC', value: '9999999999' },
    ])
    const refused = await act(wrong.id, 'apply')
    expect(refused.json()).toMatchObject({ code: 'wrong_state' })
    expect(await registered()).toBe(0)
    expect((await act(wrong.id, 'cancel')).json()).toMatchObject({ state: 'cancelled', can: { cancel: false } })

    const right = await checked(`${header}\nKampong Uno,${alegria},"1,120"\nKampong Dos,${alegria},\n`)
    expect(right).toMatchObject({ state: 'checked', rows: { ready: 2, wrong: 0 }, can: { apply: true } })
    expect(await registered()).toBe(0)
    expect((await act(right.id, 'apply')).statusCode).toBe(202)
    await app.runJobs()
    expect(await show(right.id)).toMatchObject({
      state: 'applied',
      rows: { ready: 2 },
      can: { apply: false, cancel: false, retry: false },
    })
    expect(
      await app.query('SELECT name, population, status, status_source, import_id FROM communities ORDER BY name'),
    ).toEqual([
      {
        name: 'Kampong Dos',
        population: null,
        status: 'presumed',
        status_source: 'Import of list.csv',
        import_id: right.id,
      },
      {
        name: 'Kampong Uno',
        population: 1120,
        status: 'presumed',
        status_source: 'Import of list.csv',
        import_id: right.id,
      },
    ])
    expect(await staged()).toBe(0)
    const actions = await app.query('SELECT action FROM audit_events WHERE subject_id = $1 ORDER BY id', [right.id])
    expect(actions).toEqual([{ action: 'import.uploaded' }, { action: 'import.applied' }])
  })

  test('the marked copy carries the reasons and no formula', async () => {
    const sent = `${header},Remarks\nKampong Uno,${alegria},12,"=HYPERLINK(""http://x"")"\n=1+1,${alegria},many,@SUM(A1)\n`
    const { id } = await checked(sent)
    const reply = await app.call(staff, 'GET', `/api/v1/imports/${id}/marked-file`)
    expect(reply.headers['content-type']).toContain('text/csv')
    expect(reply.headers['content-disposition']).toContain('list (marked).csv')
    const [top, first, second] = reply.body.replace('\uFEFF', '').split('\r\n')
    expect(top).toBe(`Problem,${header},Remarks`)
    expect(first).toBe(`,Kampong Uno,${alegria},12,"'=HYPERLINK(""http://x"")"`)
    expect(second).toMatch(/^"?OBC population: .*whole number.*'=1\+1,1208001001,many,'@SUM\(A1\)$/)
    await act(id, 'cancel')
    expect((await app.call(staff, 'GET', `/api/v1/imports/${id}/marked-file`)).statusCode).toBe(200)
  })

  test('a workbook stays one, with its dates and numbers', async () => {
    const columns = ['Community name', 'Barangay PSGC', 'Date of status', 'Households', 'Source'].map((header) => ({
      header,
    }))
    async function* rows() {
      yield ['Kampong Uno', 931700002, new Date('2026-01-15'), 40, '=cmd|x']
      yield ['Kampong Dos', alegria, 'some day', 41, 'Visit']
    }
    const { id, ...seen } = await checked(await buffer(xlsxStream(columns, rows())), 'list.xlsx')
    expect(seen.rows).toMatchObject({ ready: 1, wrong: 1 })
    expect(await app.query('SELECT community FROM import_rows')).toMatchObject([
      { community: { barangayCode: ayala, statusDate: '2026-01-15', households: 40, statusSource: '=cmd|x' } },
    ])
    const reply = await app.call(staff, 'GET', `/api/v1/imports/${id}/marked-file`)
    expect(reply.headers['content-disposition']).toContain('list (marked).xlsx')
    const path = join(app.dataDir, 'marked.xlsx')
    writeFileSync(path, reply.rawPayload)
    const cells = []
    for await (const row of readTypedRows(path)) cells.push(row.cells)
    rmSync(path)
    expect(cells).toEqual([
      ['Problem', ...columns.map((column) => column.header)],
      ['', 'Kampong Uno', 931700002, new Date('2026-01-15'), 40, '=cmd|x'],
      ['Date of status: Type a date as yyyy-mm-dd.', 'Kampong Dos', alegria, 'some day', 41, 'Visit'],
    ])
  })

  test('more problems than are kept are counted, and the marked copy says where the list ends', async () => {
    const { id, rows } = await checked(`${header}\n${`x,${alegria},many\n`.repeat(12_000)}`)
    expect(rows).toMatchObject({ total: 12_000, ready: 0, wrong: 12_000 })
    const page = (await app.call(staff, 'GET', `/api/v1/imports/${id}/problems?limit=1`)).json()
    expect(page.total).toBeLessThanOrEqual(10_000)
    const lines = (await app.call(staff, 'GET', `/api/v1/imports/${id}/marked-file`)).body.split('\r\n')
    expect(lines.filter((line) => line.includes('no longer listed'))).toHaveLength(1)
    const listed = lines.filter((line) => line.includes('OBC population:')).length
    expect(lines[listed + 1]).toContain('no longer listed')
  })

  test('the command line does both in one go, as an administrator', async () => {
    const { email, id: userId } = await app.createUser({ role: 'administrator', email: 'ops@example.org' })
    const path = join(app.dataDir, 'from-shell.csv')
    writeFileSync(path, many(1500))
    const { importFile } = app.composition.imports
    const seen: number[] = []
    const onProgress = (at: { progress: { done: number } }) => seen.push(at.progress.done)
    const dry = await importFile({ path, email, apply: false, onProgress })
    expect([dry.import.state, await registered()]).toEqual(['checked', 0])
    const done = await importFile({ path, email, apply: true, onProgress })
    expect([done.import.state, await registered()]).toEqual(['applied', 1500])
    expect(await app.query('SELECT DISTINCT created_by FROM communities')).toEqual([{ created_by: userId }])
    expect(seen.at(-1)).toBe(1500)
    const again = await importFile({ path, email, apply: true })
    expect(again).toMatchObject({ import: { state: 'checked', rows: { wrong: 1500 } }, problems: { length: 100 } })
    await expect(importFile({ path, email: staff.email, apply: true })).rejects.toMatchObject({ code: 'not_found' })
  })

  test('places are found by their names, with suggestions where they are not', async () => {
    const seen = await checked(
      'Name,Barangay,Municipality,Province\nUno,Brgy. Alegria,Alabel,Sarangani\nDos,Alegrya,Alabel,Sarangani\nTres,Nowhere,Alabel,\nQuatro,Ayala,Zamboanga City,\n',
    )
    expect(seen.rows).toMatchObject({ ready: 2, wrong: 2 })
    const found = await problems(seen.id)
    expect(found).toMatchObject([
      { row: 3, column: 'Barangay' },
      { row: 4, column: 'Barangay' },
    ])
    expect(found[0].message).toContain('Alegria')
  })
})

describe('the file', () => {
  const words = 'Name,PSGC,Sitio\nMasjid Niño,1208001001,Peñafrancia\n'
  test.each([
    ['Windows-1252', Buffer.from(words, 'latin1')],
    ['UTF-16 with mark', Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(words, 'utf16le')])],
    ['UTF-8 with semicolons', Buffer.from(words.replaceAll(',', ';'))],
  ])('%s is read', async (_name, content) => {
    const seen = await checked(content)
    expect(seen.rows).toMatchObject({ ready: 1, wrong: 0 })
    await act(seen.id, 'apply')
    await app.runJobs()
    expect(await app.query('SELECT name, sitio FROM communities')).toEqual([
      { name: 'Masjid Niño', sitio: 'Peñafrancia' },
    ])
  })

  test.each([
    ['without the name', 'Barangay PSGC,Households\n1208001001,4\n', 'The column “Community name” is missing.'],
    ['without rows', `${header}\n`, 'The file has no rows below'],
    ['with too many rows', `${header}\n${`x,${alegria},1\n`.repeat(200_001)}`, 'more than 200,000 rows'],
    ['with an open quotation mark', `${header}\n"Kampong,${alegria},1\n`, 'quotation mark'],
  ])('%s is refused in a sentence', async (_name, content, sentence) => {
    const seen = await checked(content)
    expect(seen).toMatchObject({ state: 'refused', can: { apply: false, cancel: false, retry: false } })
    expect(seen.refusal).toContain(sentence)
    expect(await staged()).toBe(0)
    expect((await app.call(staff, 'GET', `/api/v1/imports/${seen.id}/marked-file`)).json().code).toBe('wrong_state')
  })

  test('that is no spreadsheet, a bomb or too large is refused at once and not kept', async () => {
    const before = keptFiles()
    const png = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), randomBytes(5000)])
    expect((await upload(staff, png, 'map.csv')).json().code).toBe('unsupported_file')
    expect((await upload(staff, '', 'empty.csv')).json().code).toBe('unreadable_file')
    expect((await upload(staff, await zipBomb(), 'bomb.xlsx')).json().code).toBe('file_too_large')
    expect((await upload(staff, Buffer.alloc(60 * 1_048_576, 'a,b\n'))).json().code).toBe('file_too_large')
    const asJson = await app.call(staff, 'POST', '/api/v1/imports', { body: { file: 'x' } })
    expect(asJson.json().code).toBe('unsupported_media_type')
    expect(keptFiles()).toEqual(before)
    expect(await app.query('SELECT id FROM imports')).toEqual([])
  })

  test('sent twice under one Idempotency-Key is one import', async () => {
    const key = { 'idempotency-key': 'one-upload' }
    const before = keptFiles().length
    const first = await upload(staff, many(2), 'list.csv', key)
    const again = await upload(staff, many(2), 'list.csv', key)
    expect(again.json().id).toBe(first.json().id)
    expect(keptFiles()).toHaveLength(before + 1)
    expect((await upload(staff, many(3), 'list.csv', key)).json().code).toBe('idempotency_mismatch')
  })

  test('the template is what an import reads', async () => {
    const reply = await app.call(staff, 'GET', '/api/v1/imports/template')
    const seen = await checked(reply.body)
    expect(seen.columns.every((column) => column.field !== null)).toBe(true)
    expect(seen.refusal).toContain('no rows')
  })
})

describe('duplicates', () => {
  test('in the file and in the registry are errors that name the other', async () => {
    await app.createCommunity({ name: 'Kampong Lama', barangayCode: alegria })
    const seen = await checked(
      `${header}\nKampong Baru,${alegria},1\nKampong-Baru,${alegria},2\nKampong Baru,${ayala},3\nKAMPONG LAMA,${alegria},4\n`,
    )
    expect(seen.rows).toMatchObject({ ready: 2, wrong: 2 })
    const [inFile, inRegistry] = await problems(seen.id)
    expect(inFile).toMatchObject({ row: 3, column: 'Community name', message: expect.stringContaining('row 2') })
    expect(inRegistry).toMatchObject({ row: 5, message: expect.stringMatching(/Already registered as TEST-/) })
  })

  test('that came between check and registration send the import back', async () => {
    const seen = await checked(many(3))
    await app.createCommunity({ name: 'Kampong 1', barangayCode: alegria })
    await act(seen.id, 'apply')
    await app.runJobs()
    expect(await show(seen.id)).toMatchObject({ state: 'checked', rows: { total: 3, ready: 2, wrong: 1 } })
    expect(await problems(seen.id)).toMatchObject([{ row: 3, message: expect.stringContaining('Already registered') }])
    expect(await registered()).toBe(1)
  })
})

describe('whose import it is', () => {
  const grants = [{ permission: 'community.import', effect: 'allow', scope: 'places' }] as const
  const local = (placeCodes: string[]) => app.createUser({ role: 'lgu_focal', placeCodes, grants: [...grants] })

  test('a person of some places sees the own imports and registers inside these places only', async () => {
    const [one, other] = [await local(['1208000000']), await local(['0931700000'])]
    const mine = await checked(many(2), 'mine.csv', one)
    expect(mine.rows).toMatchObject({ ready: 1, wrong: 1 })
    expect(await problems(mine.id, one)).toMatchObject([{ row: 2, message: expect.stringContaining('outside') }])
    for (const [method, path] of [
      ['GET', ''],
      ['GET', '/problems'],
      ['GET', '/marked-file'],
      ['POST', '/apply'],
      ['POST', '/cancel'],
      ['POST', '/retry'],
    ] as const)
      expect((await app.call(other, method, `/api/v1/imports/${mine.id}${path}`)).json().code).toBe('not_found')
    const list = async (who: TestUser) => (await app.call(who, 'GET', '/api/v1/imports')).json().total
    expect([await list(one), await list(other), await list(staff)]).toEqual([1, 0, 1])
  })

  test('the list and the problems go by pages', async () => {
    for (let at = 0; at < 3; at += 1) {
      await upload(staff, many(1))
      app.clock.pass(1)
    }
    const first = (await app.call(staff, 'GET', '/api/v1/imports?limit=2')).json()
    expect(first).toMatchObject({ total: 3, items: [{}, {}] })
    const second = (await app.call(staff, 'GET', `/api/v1/imports?limit=2&cursor=${first.nextCursor}`)).json()
    expect(second).toMatchObject({ total: null, nextCursor: null, items: [{}] })

    const { id } = await checked(`${header}\n${',1,\n'.repeat(5)}`)
    const seen = []
    for (let cursor = ''; ; ) {
      const page = (await app.call(staff, 'GET', `/api/v1/imports/${id}/problems?limit=4${cursor}`)).json()
      seen.push(...page.items)
      if (!page.nextCursor) break
      cursor = `&cursor=${page.nextCursor}`
    }
    expect(seen.map(({ row }) => row)).toEqual([2, 2, 3, 3, 4, 4, 5, 5, 6, 6])
    for (const cursor of ['x', 'WzEsIjIiXQ', Buffer.from('["20","20"]').toString('base64url')]) {
      expect((await app.call(staff, 'GET', `/api/v1/imports?cursor=${cursor}`)).json().code).toBe('invalid_input')
      expect((await app.call(staff, 'GET', `/api/v1/imports/${id}/problems?cursor=${cursor}`)).json().code).toBe(
        'invalid_input',
      )
    }
  })
})

describe('an import that is disturbed', () => {
  test('cancelled in mid-check leaves nothing', async () => {
    const { id } = (await upload(staff, many(30_000))).json()
    const working = app.runJobs()
    await until(async () => (await show(id)).rows.total > 0)
    expect((await act(id, 'cancel')).json()).toMatchObject({ state: 'cancelled' })
    await working
    expect(await show(id)).toMatchObject({ state: 'cancelled' })
    expect(await staged()).toBe(0)
  })

  test('cancelled in mid-registration registers nothing', async () => {
    const { id } = await checked(many(20_000))
    await act(id, 'apply')
    const working = app.runJobs()
    await until(async () => (await show(id)).progress.done > 0)
    expect((await act(id, 'cancel')).statusCode).toBe(200)
    await working
    expect(await show(id)).toMatchObject({ state: 'cancelled' })
    expect([await registered(), await staged()]).toEqual([0, 0])
    expect((await act(id, 'apply')).json().code).toBe('wrong_state')
  })

  test('applied twice at once is registered once', async () => {
    const { id } = await checked(many(50))
    const replies = await Promise.all([act(id, 'apply'), act(id, 'apply')])
    expect(replies.map((reply) => reply.statusCode).sort()).toEqual([202, 409])
    await app.runJobs()
    expect(await registered()).toBe(50)
  })

  test.each(['checking', 'applying'] as const)(
    'whose database connections break while %s runs again from the start, exactly once',
    async (state) => {
      const { id } = state === 'applying' ? await checked(many(20_000)) : (await upload(staff, many(20_000))).json()
      if (state === 'applying') await act(id, 'apply')
      const working = app.runJobs()
      await until(async () => {
        const seen = await show(id)
        return seen.state === state && seen.progress.done > 0
      })
      await app.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND application_name = 'obcms' AND pid <> pg_backend_pid()`,
      )
      await working
      expect(await show(id)).toMatchObject({
        state: state === 'applying' ? 'applied' : 'checked',
        rows: { total: 20_000, ready: 20_000, wrong: 0 },
      })
      expect([await registered(), await staged()]).toEqual(state === 'applying' ? [20_000, 0] : [0, 20_000])
    },
  )

  test('whose worker is killed in mid-registration has no half rows, and is registered exactly once by the next', async () => {
    const { id } = await checked(many(20_000))
    await act(id, 'apply')
    const worker = spawn(process.execPath, ['src/server/roots/cli.ts', 'worker'], {
      env: { DATABASE_URL: app.url, DATA_DIR: app.dataDir },
      stdio: 'ignore',
    })
    const exit = once(worker, 'exit')
    try {
      await until(async () => (await show(id)).progress.done > 2000)
    } finally {
      worker.kill('SIGKILL')
      await exit
    }
    expect(await registered()).toBe(0)
    expect(await show(id)).toMatchObject({ state: 'applying' })
    // What the queue does by itself when the heartbeat of the dead worker runs out.
    await app.query(`UPDATE pgboss.job SET state = 'retry' WHERE name = 'imports.apply' AND state = 'active'`)
    await app.runJobs()
    expect(await show(id)).toMatchObject({ state: 'applied' })
    expect([await registered(), await staged()]).toEqual([20_000, 0])
    expect(
      await app.query(`SELECT count(*)::int FROM audit_events WHERE action = 'import.applied' AND subject_id = $1`, [
        id,
      ]),
    ).toEqual([{ count: 1 }])
  })

  test('that failed for good can be started again', async () => {
    const { id } = (await upload(staff, many(2))).json()
    const [{ sha256 = '-' } = {}] = await app.query<{ sha256: string }>('SELECT object_sha256 AS sha256 FROM imports')
    const path = keptFiles().find((file) => file.endsWith(sha256)) ?? ''
    renameSync(path, `${path}.away`)
    await app.runJobs()
    expect(await show(id)).toMatchObject({ state: 'failed', can: { retry: true, cancel: false } })
    renameSync(`${path}.away`, path)
    expect((await act(id, 'retry')).statusCode).toBe(202)
    await app.runJobs()
    expect(await show(id)).toMatchObject({ state: 'checked', rows: { ready: 2 } })
    expect((await act(id, 'retry')).json().code).toBe('wrong_state')
  })

  test('is tidied up: dead jobs are said to have failed, forgotten imports end, old files go', async () => {
    const forgotten = await checked(many(1))
    const dead = await checked(many(1))
    await app.query(`UPDATE imports SET state = 'checking' WHERE id = $1`, [dead.id])
    const tidy = async () => {
      const registration = app.composition.registrations.find(({ job }) => job.name === 'imports.tidy')
      await registration?.handle({}, { log: app.server.app.log as never, signal: AbortSignal.abort(), lastTry: true })
    }
    const used = async () => (await app.query('SELECT FROM imports WHERE object_sha256 IS NOT NULL')).length
    const files = await used()
    app.clock.pass(2 * 3600)
    await tidy()
    expect(await show(dead.id)).toMatchObject({ state: 'failed' })
    app.clock.pass(31 * 86_400)
    await tidy()
    const back = await app.createUser({ role: 'administrator' })
    expect(await show(forgotten.id, back)).toMatchObject({ state: 'cancelled' })
    expect(await used()).toBe(files - 1)
    expect(await staged()).toBe(0)
    app.clock.pass(31 * 86_400)
    await tidy()
    expect(await used()).toBe(files - 2)
  })
})

async function zipBomb(): Promise<Buffer> {
  const zip = new ZipFile()
  for (const path of ['[Content_Types].xml', 'xl/workbook.xml']) zip.addBuffer(Buffer.from('<x/>'), path)
  zip.addBuffer(Buffer.alloc(200 * 1_048_576), 'xl/worksheets/sheet1.xml')
  zip.end()
  return buffer(zip.outputStream as NodeJS.ReadableStream)
}
