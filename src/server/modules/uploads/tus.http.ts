import type { Readable } from 'node:stream'
import { DataStore, Server, Upload } from '@tus/server'
import type { FastifyRequest } from 'fastify'
import { v7 as uuidv7 } from 'uuid'
import { maxUploadBytes } from '#contract/files.options.ts'
import { uploadDays } from '#contract/uploads.options.ts'
import { uploadIntent } from '#contract/uploads.ts'
import type { Actor } from '#server/platform/actor.ts'
import { AppError, invalidField } from '#server/platform/errors.ts'
import { keptFileName } from '#server/platform/file-names.ts'
import { assertPlain, type TusReply } from '#server/platform/http.ts'
import type { Lease } from './leases.service.ts'
import type { UploadRecord } from './uploads.repo.ts'
import type { Begun, UploadsDeps, UploadsService } from './uploads.service.ts'

const path = '/api/v1/uploads'
/** A file up to this size that comes with its announcement is never staged. */
const smallBytes = 1_048_576
/** How long who writes may go on when another request of the same upload waits. */
const drainMs = 1_000

interface Asked {
  actor: Actor
  raw: FastifyRequest
}

/** One request about one upload. */
interface Turn extends Asked {
  onceKey: string | null
  begun?: Begun
  /** Of a small file, all of it. */
  content?: Buffer
  upload?: UploadRecord
  lease?: Lease
  received?: number | undefined
  fileId?: string | undefined
  /** Ends the request soon, with what has come. */
  cancel?: () => void
}

/** What the request brings, until it ends, breaks or another one waits for the upload: what came until then counts. */
async function* bodyOf(turn: Turn, most: number): AsyncGenerator<Buffer> {
  const { raw } = turn.raw
  let left = most
  let late: NodeJS.Timeout | undefined
  turn.cancel = () => {
    late ??= setTimeout(() => raw.destroy(), drainMs)
  }
  try {
    for await (const part of raw as AsyncIterable<Buffer>) {
      left -= part.length
      if (left < 0) throw new AppError('file_too_large', 'More bytes came than Upload-Length announced.')
      yield part
      if (late) return
    }
  } catch (error) {
    if (error instanceof AppError) throw error
    // The line broke.
  } finally {
    clearTimeout(late)
  }
}

/** Another request with the same key made the upload meanwhile. */
class Repeated extends Error {
  readonly upload: UploadRecord
  constructor(upload: UploadRecord) {
    super('begun before')
    this.upload = upload
  }
}

function readBegun(
  id: string,
  bytes: number,
  metadata: Upload['metadata'],
  { actor, onceKey }: Pick<Turn, 'actor' | 'onceKey'>,
): Begun {
  // A browser sends whatever session it has: a page of the one who left must not go on as the one who came.
  if (metadata?.sender && metadata.sender !== actor.userId)
    throw new AppError('not_signed_in', 'Somebody else has signed in here. Whoever chose the file signs in to send it.')
  const sent = metadata?.filename
  if (!sent) throw invalidField('filename', 'Say the name of the file as `filename` in Upload-Metadata.')
  let intent: unknown
  try {
    intent = JSON.parse(metadata?.intent ?? '')
  } catch {
    throw invalidField('intent', 'Say what the file is for as JSON under `intent` in Upload-Metadata.')
  }
  assertPlain(intent)
  const parsed = uploadIntent.safeParse(intent)
  if (!parsed.success)
    throw new AppError('invalid_input', 'Some fields of the file are not right. Mend them and send it again.', {
      fields: parsed.error.issues.map(({ path: at, message }) => ({ path: ['intent', ...at].join('.'), message })),
    })
  return { id, name: keptFileName(sent), bytes, intent: parsed.data, onceKey }
}

/** The protocol's own refusals in our words. */
function asProblem(error: unknown): Error {
  if (error instanceof Error && !('status_code' in error)) return error
  const { status_code: status, body = '' } = error as { status_code?: number; body?: string }
  if (status === 404 || status === 410) return new AppError('not_found', 'There is no such upload.')
  if (status === 409)
    return new AppError(
      'wrong_state',
      'Another part is expected. Ask with HEAD how far the upload is, and go on there.',
    )
  if (status === 413) return new AppError('file_too_large', 'More bytes came than Upload-Length announced.')
  if (/aborted/i.test(body))
    return new AppError('unavailable', 'The upload was interrupted. Ask with HEAD how far it is, and go on there.', {
      retryAfter: 1,
    })
  return new AppError('invalid_input', `This is not the tus protocol 1.0.0 as it is spoken here: ${body.trim()}`)
}

export function tusHttp(deps: UploadsDeps, uploads: UploadsService) {
  const { leases, room, clock } = deps

  const expires = (): Record<string, string> => ({
    'upload-expires': new Date(clock.now().getTime() + uploadDays * 86_400_000).toUTCString(),
  })

  /** Of an upload whose bytes are all here. */
  const whole = (status: number, { bytes, fileId }: UploadRecord): TusReply => ({
    status,
    headers: {
      'tus-resumable': '1.0.0',
      'upload-offset': String(bytes),
      ...(status === 200 && { 'upload-length': String(bytes) }),
      ...(fileId && { 'upload-file': fileId }),
    },
  })

  /** What the protocol's server does with bytes, for one request. */
  class Parts extends DataStore {
    readonly turn: Turn
    override extensions = ['creation', 'creation-with-upload', 'termination']

    constructor(turn: Turn) {
      super()
      this.turn = turn
    }

    #upload(): UploadRecord {
      if (!this.turn.upload) throw new AppError('not_found', 'There is no such upload.')
      return this.turn.upload
    }

    override async create(upload: Upload): Promise<Upload> {
      const { turn } = this
      const begun = readBegun(upload.id, upload.size ?? 0, upload.metadata, turn)
      turn.begun = begun
      const { headers } = turn.raw
      const comes = headers['content-type'] === undefined ? 0 : Number(headers['content-length'] ?? Number.NaN)
      if (comes > 0 && comes === begun.bytes && comes <= smallBytes) return upload
      const token = comes === 0 ? null : uuidv7()
      const { upload: made, isNew } = await uploads.begin(turn.actor, begun, token)
      if (!isNew) throw new Repeated(made)
      turn.upload = made
      if (token) turn.lease = leases.hold(made.id, token, () => turn.cancel?.())
      return upload
    }

    override async getUpload(id: string): Promise<Upload> {
      const upload = this.#upload()
      const offset = await uploads.stagingOf(upload.store).offset(id)
      this.turn.received = offset
      const metadata = { filename: upload.name, intent: JSON.stringify(upload.intent) }
      return new Upload({ id, size: upload.bytes, offset, metadata, creation_date: upload.createdAt.toISOString() })
    }

    /** Reads the request itself: on its way through the protocol's server the body would cost three times as much. */
    override async write(_source: Readable, id: string, offset: number): Promise<number> {
      const { turn } = this
      if (!turn.upload && turn.begun) {
        const parts: Buffer[] = []
        for await (const part of bodyOf(turn, turn.begun.bytes)) parts.push(part)
        turn.content = Buffer.concat(parts)
        if (turn.content.length < turn.begun.bytes)
          throw new AppError('invalid_input', 'The file broke off on its way. Send it again.')
        return turn.content.length
      }
      const { lease } = turn
      if (!lease) throw new Error('nobody writes without a lease')
      const { bytes, store } = this.#upload()
      const staging = uploads.stagingOf(store)
      const assertRoom = () => room.assertNotFull(staging.store)
      await assertRoom()
      // Unknown until it is safe again.
      turn.received = undefined
      turn.received = await staging.append(id, offset, bytes, bodyOf(turn, bytes - offset), {
        assertHeld: lease.assertHeld,
        assertRoom,
      })
      return turn.received
    }

    override async remove(): Promise<void> {
      const { turn } = this
      if (turn.lease) await uploads.abandon(turn.actor, this.#upload(), turn.lease)
    }
  }

  const speaks = (turn: Turn, id: string): Server =>
    new Server({
      path,
      datastore: new Parts(turn),
      maxSize: maxUploadBytes,
      relativeLocation: true,
      allowedOrigins: [],
      namingFunction: () => id,
      getFileIdFromRequest: () => id,
      // The lease was taken before.
      locker: {
        newLock: () => ({
          async lock() {},
          async unlock() {},
        }),
      },
      async onUploadFinish() {
        const { actor, begun, content, upload, lease } = turn
        if (content && begun) {
          const kept = await uploads.keepAtOnce(actor, begun, content)
          if (kept.id !== begun.id) throw new Repeated(kept)
          turn.fileId = kept.fileId ?? undefined
        } else if (upload && lease) turn.fileId = await uploads.arrived(actor, upload, lease)
        return {}
      },
      onResponseError: (_request, error) => {
        throw asProblem(error)
      },
    })

  /** Lets the protocol's server answer. @throws AppError in place of its refusals */
  async function speak(turn: Turn, id: string): Promise<TusReply> {
    const { method, url, headers: sent } = turn.raw
    const pairs = Object.entries(sent).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]))
    // Headers alone: what comes after them is read where it is written.
    const request = new Request(`http://localhost${url}`, { method, headers: pairs as [string, string][] })
    const response = await speaks(turn, id).handleWeb(request)
    if (response.status >= 400) throw asProblem({ status_code: response.status, body: await response.text() })
    const headers = Object.fromEntries([...response.headers].filter(([name]) => !name.startsWith('access-control-')))
    for (const name of ['content-length', 'content-type']) delete headers[name]
    const isEnded = turn.fileId !== undefined || turn.received === turn.upload?.bytes
    return {
      status: response.status,
      headers: { ...headers, ...(turn.fileId ? { 'upload-file': turn.fileId } : isEnded ? {} : expires()) },
    }
  }

  function assertTus({ headers }: FastifyRequest): void {
    if (headers['tus-resumable'] !== '1.0.0')
      throw new AppError('invalid_input', 'Uploads speak tus 1.0.0: send the header Tus-Resumable: 1.0.0.')
  }

  const repeat = (upload: UploadRecord, raw: FastifyRequest): TusReply => {
    if (Number(raw.headers['upload-length']) !== upload.bytes)
      throw new AppError('idempotency_mismatch', 'This Idempotency-Key was used for another file; send a new key.')
    if (upload.state === 'refused') throw new AppError('unsupported_file', upload.refusal ?? 'The file was refused.')
    const headers = { 'tus-resumable': '1.0.0', location: `${path}/${upload.id}` }
    if (upload.state === 'expired') throw new AppError('not_found', 'This upload was given up. Send it with a new key.')
    return upload.state === 'arriving'
      ? { status: 201, headers: { ...headers, 'upload-offset': String(upload.received), ...expires() } }
      : { status: 201, headers: { ...whole(201, upload).headers, ...headers } }
  }

  /** Works on an upload of the actor's own, alone. @returns the answer at once when it has ended */
  async function onOwn(
    asked: Asked,
    id: string,
    ended: (upload: UploadRecord) => TusReply | Promise<TusReply>,
    work: (turn: Turn) => Promise<TusReply>,
  ): Promise<TusReply> {
    assertTus(asked.raw)
    const judge = async (upload: UploadRecord): Promise<TusReply | undefined> => {
      if (upload.state === 'refused') throw new AppError('unsupported_file', upload.refusal ?? 'The file was refused.')
      if (upload.state === 'expired')
        throw new AppError('not_found', 'This upload was given up. Send the file again from its beginning.')
      return upload.state === 'arriving' ? undefined : ended(upload)
    }
    const before = await judge(await uploads.found(asked.actor, id))
    if (before) return before
    const turn: Turn = { ...asked, onceKey: null }
    const lease = await leases.take(id, () => turn.cancel?.())
    turn.lease = lease
    try {
      turn.upload = await uploads.found(asked.actor, id)
      const meanwhile = await judge(turn.upload)
      return meanwhile ?? (await work(turn))
    } finally {
      await lease.release(turn.received)
    }
  }

  return {
    async create(asked: Asked, onceKey: string | null): Promise<TusReply> {
      assertTus(asked.raw)
      const before = await uploads.repeated(asked.actor, onceKey)
      if (before) return repeat(before, asked.raw)
      const turn: Turn = { ...asked, onceKey }
      try {
        return await speak(turn, uuidv7())
      } catch (error) {
        if (error instanceof Repeated) return repeat(error.upload, asked.raw)
        throw error
      } finally {
        await turn.lease?.release(turn.received)
      }
    },

    offset: (asked: Asked, id: string): Promise<TusReply> =>
      onOwn(
        asked,
        id,
        async (upload) => {
          if (upload.state === 'arrived') await uploads.remind(upload)
          return whole(200, upload)
        },
        async (turn) => {
          const reply = await speak(turn, id)
          const { upload, lease } = turn
          // The last answer was lost, or its process died.
          if (!upload || !lease || turn.received !== upload.bytes) return reply
          const fileId = await uploads.arrived(turn.actor, upload, lease)
          return whole(200, { ...upload, fileId: fileId ?? null })
        },
      ),

    append: (asked: Asked, id: string): Promise<TusReply> =>
      onOwn(
        asked,
        id,
        (upload) => {
          if (Number(asked.raw.headers['upload-offset']) === upload.bytes) return whole(204, upload)
          throw new AppError('wrong_state', 'All bytes of this upload are here already.')
        },
        (turn) => speak(turn, id),
      ),

    abandon: (asked: Asked, id: string): Promise<TusReply> =>
      onOwn(
        asked,
        id,
        () => {
          throw new AppError('wrong_state', 'This upload has ended; a file is archived in the library instead.')
        },
        (turn) => speak(turn, id),
      ),
  }
}
