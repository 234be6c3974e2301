import { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { v7 as uuidv7 } from 'uuid'
import type { CommunitySort, ExportFormat } from '#contract/communities.options.ts'
import { audit } from '#server/platform/audit.ts'
import { manilaDay } from '#server/platform/clock.ts'
import { AppError } from '#server/platform/errors.ts'
import type { Download } from '#server/platform/http.ts'
import type { ModuleDeps } from '#server/platform/module.ts'
import { lastRow } from '#server/platform/spreadsheets/limits.ts'
import { csvStream, xlsxStream } from '#server/platform/spreadsheets/write.ts'
import { communityColumns } from './communities.columns.ts'
import { countCommunities, type Sight, streamCommunities } from './communities.reads.ts'
import { type CommunityRecord, inputOf } from './communities.rules.ts'

/**
 * Part of a process's database connections that exports may hold: each keeps one as long as its reader takes, and needs a
 * second one at its beginning.
 */
const share = 0.3

/** A reader slower than this is cut off, in milliseconds. */
const longest = 15 * 60_000

const contentTypes: Record<ExportFormat, string> = {
  csv: 'text/csv; charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  geojson: 'application/geo+json; charset=utf-8',
}

type Records = AsyncIterable<CommunityRecord>

export function createExports({ db, clock, config }: Pick<ModuleDeps, 'db' | 'clock' | 'config'>) {
  const atOnce = Math.max(1, Math.floor(config.poolSize * share))
  let open = 0

  /** Streams the rows of one snapshot at the reader's pace; a reader that goes away ends the query. */
  async function write(sight: Sight, sort: CommunitySort, format: ExportFormat): Promise<Download> {
    if (open >= atOnce)
      throw new AppError('too_many_requests', 'Several exports are being written. Try again in half a minute.', {
        retryAfter: 30,
      })
    open += 1
    return new Promise<Download>((resolve, reject) => {
      let stream: Readable | undefined
      db.snapshot(async (reader) => {
        const count = await countCommunities(reader, sight)
        if (format === 'xlsx' && count >= lastRow)
          throw new AppError('invalid_input', 'An Excel sheet has no room for so many rows. Filter more, or take CSV.')
        // Before the first byte leaves, and on a connection that may write.
        await db.transact((tx) =>
          audit(tx, clock, sight.actor, {
            action: 'community.exported',
            subject: { type: 'export', id: uuidv7() },
            after: { format, sort, filter: sight.filter, count },
          }),
        )
        stream = fileOf(format, streamCommunities(reader, sight, sort))
        resolve({
          stream,
          fileName: `obc-communities-${manilaDay(clock.now())}.${format}`,
          contentType: contentTypes[format],
        })
        await finished(stream, { writable: false, signal: AbortSignal.timeout(longest) })
      })
        .catch((error: Error) => {
          stream?.destroy(error)
          reject(error)
        })
        .finally(() => {
          open -= 1
        })
    })
  }

  return { write }
}

function fileOf(format: ExportFormat, records: Records): Readable {
  switch (format) {
    case 'csv':
      return csvStream(communityColumns, cellsOf(records))
    case 'xlsx':
      return xlsxStream(communityColumns, cellsOf(records), { sheetName: 'Communities' })
    case 'geojson':
      return Readable.from(featureCollection(records), { objectMode: false })
    default:
      return format satisfies never
  }
}

async function* cellsOf(records: Records) {
  for await (const record of records) yield communityColumns.map((column) => column.value(record))
}

const chunkLength = 65_536

/** RFC 7946; a community without coordinates is a feature without geometry. */
async function* featureCollection(records: Records): AsyncGenerator<string> {
  let text = '{"type":"FeatureCollection","features":['
  let separator = '\n'
  for await (const record of records) {
    text += separator + JSON.stringify(featureOf(record))
    separator = ',\n'
    if (text.length > chunkLength) {
      yield text
      text = ''
    }
  }
  yield `${text}\n]}\n`
}

const featureOf = (record: CommunityRecord) => {
  const { latitude, longitude, ...typed } = inputOf(record)
  return {
    type: 'Feature',
    id: record.id,
    geometry: latitude === null ? null : { type: 'Point', coordinates: [longitude, latitude] },
    properties: {
      officeId: record.officeId,
      ...typed,
      barangay: record.barangay.name,
      city: record.city.name,
      province: record.province?.name ?? null,
      region: record.region.name,
      demo: record.demo,
      updatedAt: record.updatedAt,
    },
  }
}
