import { type DetailedError, Upload } from 'tus-js-client'
import type { Problem } from '#contract/errors.ts'
import type { UploadIntent, UploadView } from '#contract/uploads.ts'
import { ApiError, addressOf, call, OfflineError } from '#web/lib/api.ts'
import { newOnceKey } from '#web/lib/once-key.ts'
import { queryClient } from '#web/lib/query.ts'
import { sessionQuery } from '#web/lib/session.ts'
import { type Course, dropFile, keepFile, keptCourse, keptFiles } from './kept-files.ts'
import { refusalError } from './refusal-words.ts'
import { markUnfinished } from './unfinished.ts'
import { firstPart, nextPart, passes, printOf, smallerPart, speedOf, waitMs } from './upload-rules.ts'

/**
 * waiting for its turn · sending · lost: no line, it goes on by itself · paused by the person · checking: all bytes are there and the server
 * looks at them · safe: the server keeps it as a file · refused with a reason · gone: not in this browser any more, to be chosen again
 */
export type UploadState = 'waiting' | 'sending' | 'lost' | 'paused' | 'checking' | 'safe' | 'refused' | 'gone'

export interface UploadItem {
  readonly print: string
  readonly name: string
  readonly bytes: number
  readonly recordName: string
  readonly intent: UploadIntent
  readonly state: UploadState
  /** Bytes on the server. */
  readonly sent: number
  /** Whether this browser could keep it, so that it goes on after a closed tab; undefined while it tries. */
  readonly keptHere: boolean | undefined
  readonly error: unknown
  readonly fileId: string | null
  readonly safeAt: string | null
}

export interface UploadsView {
  readonly items: readonly UploadItem[]
  /** Bytes per second. */
  readonly speed: number | undefined
}

const atOnce = 3
const drawMs = 200
/** A request that moves nothing for so long is given up and tried again. */
const stallMs = 45_000
const checkingStallMs = 300_000
const mostNewBeginnings = 3
/** What the server takes whole with the announcement. */
const smallBytes = 1_048_576

const under: readonly UploadState[] = ['waiting', 'sending', 'lost', 'paused', 'checking', 'gone']
export const isUnfinished = ({ state }: UploadItem): boolean => under.includes(state)
const isRunning = (state: UploadState): boolean => state === 'sending' || state === 'checking'

/** What one file needs besides what is shown of it. */
interface Work {
  file: File | Blob | null
  upload?: Upload
  tries: number
  beginnings: number
  movedAt: number
  course?: Course | undefined
  timer?: ReturnType<typeof setTimeout>
  keeping: Promise<unknown>
  release?: () => void
}

const targetOf = (intent: UploadIntent): string =>
  'fileId' in intent ? `version:${intent.fileId}` : `${intent.record.type}:${intent.record.id}`

/** The server’s reason in a refused answer of tus; none where it never answered in our words. */
function problemOf(error: unknown): { status: number; problem?: Problem } {
  const reply = (error as Partial<DetailedError>).originalResponse
  if (!reply) return { status: 0 }
  try {
    const problem = JSON.parse(reply.getBody()) as Problem
    if (typeof problem.code === 'string') return { status: reply.getStatus(), problem }
  } catch {
    // Not in our words.
  }
  return { status: reply.getStatus() }
}

const idOf = (address: string): string => address.slice(address.lastIndexOf('/') + 1)

/** Of the other tabs of this browser only one sends a file. Without locks (plain http) the server’s own lock has to do. */
function hold(print: string): Promise<(() => void) | undefined> {
  if (!navigator.locks) return Promise.resolve(() => {})
  return new Promise((done) => {
    void navigator.locks.request(`obcms.upload.${print}`, { ifAvailable: true }, (lock) => {
      if (!lock) return done(undefined)
      return new Promise<void>((release) => done(release))
    })
  })
}

function startUploads(userId: string) {
  let items: readonly UploadItem[] = []
  let view: UploadsView = { items, speed: undefined }
  const works = new Map<string, Work>()
  const listeners = new Set<() => void>()
  let samples: { at: number; bytes: number }[] = []
  let part = firstPart
  let closed = false
  let drawing: ReturnType<typeof setTimeout> | undefined

  const find = (print: string): UploadItem | undefined => items.find((item) => item.print === print)

  function draw() {
    clearTimeout(drawing)
    drawing = undefined
    const now = Date.now()
    samples = samples.slice(-400)
    view = { items, speed: items.some(({ state }) => state === 'sending') ? speedOf(samples, now) : undefined }
    for (const listener of listeners) listener()
  }

  /** Progress is drawn a few times a second, a change of state at once. */
  function set(print: string, change: Partial<UploadItem>) {
    items = items.map((item) => (item.print === print ? { ...item, ...change } : item))
    if (!change.state) {
      drawing ??= setTimeout(draw, drawMs)
      return
    }
    markUnfinished(userId, items.filter(isUnfinished).length)
    draw()
  }

  function next() {
    if (closed) return
    const free = atOnce - items.filter(({ state }) => isRunning(state)).length
    for (const { print } of items.filter(({ state }) => state === 'waiting').slice(0, Math.max(0, free)))
      void send(print)
  }

  function again(print: string, work: Work) {
    clearTimeout(work.timer)
    work.tries += 1
    part = smallerPart(part)
    set(print, { state: 'lost' })
    work.timer = setTimeout(() => wake(print), waitMs(work.tries))
    next()
  }

  function wake(print: string) {
    if (find(print)?.state !== 'lost') return
    clearTimeout(works.get(print)?.timer)
    set(print, { state: 'waiting' })
    next()
  }

  function courseOf(print: string, work: Work): Course {
    work.course ??= keptCourse.read(print) ?? { onceKey: newOnceKey(), address: null }
    return work.course
  }
  function setCourse(print: string, work: Work, course: Course) {
    work.course = course
    keptCourse.write(print, course)
  }
  /** The next try is another upload. */
  function dropCourse(print: string, work: Work | undefined) {
    if (work) work.course = undefined
    keptCourse.drop(print)
  }

  /** It is over, well or not: nothing of it stays in this browser but the line in the receipt. */
  function end(print: string, change: Partial<UploadItem>) {
    const work = works.get(print)
    clearTimeout(work?.timer)
    dropCourse(print, work)
    if (work) {
      work.upload = undefined
      void work.keeping.then(() => dropFile(print)).then(work.release)
    }
    set(print, change)
    next()
  }

  function safe(print: string, fileId: string | null, at: string | null) {
    const item = find(print)
    end(print, {
      state: 'safe',
      sent: item?.bytes ?? 0,
      fileId,
      safeAt: at ?? new Date().toISOString(),
      error: undefined,
    })
    void queryClient.invalidateQueries({ queryKey: ['files'], refetchType: 'active' })
    void queryClient.invalidateQueries({ queryKey: ['uploads'], refetchType: 'active' })
  }

  /** The page has the file until the person takes the refused one away or tries again; the browser keeps nothing of it. */
  function refuse(print: string, error: unknown) {
    const work = works.get(print)
    dropCourse(print, work)
    void work?.keeping.then(() => dropFile(print))
    set(print, { state: 'refused', error, keptHere: false })
    next()
  }

  /** @returns whether there is anything left to send */
  function take(print: string, state: UploadView): boolean {
    if (state.state === 'kept') safe(print, state.fileId, state.endedAt)
    else if (state.state === 'refused') refuse(print, refusalError(state.refusal ?? ''))
    else if (state.state === 'arrived') void settle(print)
    else {
      if (state.state === 'expired') dropCourse(print, works.get(print))
      return true
    }
    return false
  }

  const askState = (address: string): Promise<UploadView> =>
    call('GET /api/v1/uploads/:uploadId/state', { params: { uploadId: idOf(address) } })

  /** All bytes are there; it is safe when the server says that it keeps the file. */
  async function settle(print: string): Promise<void> {
    const work = works.get(print)
    const address = work && courseOf(print, work).address
    if (!work || !address) return
    set(print, { state: 'checking', sent: find(print)?.bytes ?? 0 })
    for (let tries = 1; ; tries += 1) {
      if (closed || find(print)?.state !== 'checking') return
      try {
        const state = await askState(address)
        if (state.state !== 'arrived') {
          if (take(print, state)) again(print, work)
          return
        }
      } catch (error) {
        if (failed(print, work, error)) return
      }
      await new Promise((done) => setTimeout(done, Math.min(5_000, 400 * 1.5 ** tries)))
    }
  }

  /** @returns whether it was dealt with */
  function failed(print: string, work: Work, error: unknown): boolean {
    const { status, problem } =
      error instanceof ApiError ? { status: error.problem.status, problem: error.problem } : problemOf(error)
    if (status === 401) {
      // The session has ended: it goes on when the same person is here again.
      set(print, { state: 'lost' })
      void queryClient.invalidateQueries({ queryKey: sessionQuery.queryKey })
      return true
    }
    if (error instanceof OfflineError || passes(status, problem?.code)) {
      again(print, work)
      return true
    }
    const { address } = courseOf(print, work)
    // Another part was expected, or the upload has ended: what it has come to is asked first at the next try.
    if (address && problem?.code === 'wrong_state' && work.tries < mostNewBeginnings) {
      again(print, work)
      return true
    }
    // Its address on the server is gone: from the beginning, but not for ever.
    if (address && (status === 404 || status === 410) && work.beginnings < mostNewBeginnings) {
      work.beginnings += 1
      dropCourse(print, work)
      again(print, work)
      return true
    }
    refuse(print, problem ? new ApiError(problem) : error)
    return true
  }

  async function send(print: string): Promise<void> {
    const item = find(print)
    const work = works.get(print)
    if (!item || !work) return
    if (!work.file) return set(print, { state: 'gone' })
    set(print, { state: 'sending', error: undefined })
    work.movedAt = Date.now()
    const { address } = courseOf(print, work)
    if (address) {
      try {
        if (!take(print, await askState(address))) return
      } catch (error) {
        const gone = error instanceof ApiError && error.problem.code === 'not_found'
        if (!gone) {
          failed(print, work, error)
          return
        }
        dropCourse(print, work)
      }
      if (find(print)?.state !== 'sending') return
    }
    const course = courseOf(print, work)
    setCourse(print, work, course)
    let partAt = Date.now()
    let fileId: string | undefined
    const mine = () => works.get(print)?.upload === upload
    const upload: Upload = new Upload(work.file as File, {
      endpoint: addressOf('POST /api/v1/uploads'),
      uploadUrl: course.address,
      metadata: { filename: item.name, intent: JSON.stringify(item.intent), sender: userId },
      chunkSize: part,
      // A small one comes with its announcement: one request instead of two.
      uploadDataDuringCreation: item.bytes <= Math.min(part, smallBytes),
      // Tried again by us: without an end, and told apart from a refusal.
      retryDelays: null,
      storeFingerprintForResuming: false,
      onUploadUrlAvailable: () => {
        if (upload.url && mine()) setCourse(print, work, { ...course, address: upload.url })
      },
      onBeforeRequest: (request) => {
        // An announcement whose answer was lost is not made twice.
        if (request.getMethod() === 'POST') request.setHeader('Idempotency-Key', course.onceKey)
      },
      onProgress: (sent) => {
        if (!mine()) return
        work.movedAt = Date.now()
        set(print, { sent: Math.max(sent, 0), ...(sent >= item.bytes && { state: 'checking' as const }) })
      },
      onChunkComplete: (bytes, accepted) => {
        const now = Date.now()
        samples.push({ at: now, bytes })
        part = nextPart(bytes, now - partAt)
        partAt = now
        work.tries = 0
        upload.options.chunkSize = part
        if (mine()) set(print, { sent: accepted })
      },
      onAfterResponse: (_request, reply) => {
        fileId = reply.getHeader('Upload-File') || fileId
      },
      onSuccess: () => {
        if (!mine()) return
        if (fileId) safe(print, fileId, null)
        else void settle(print)
      },
      onError: (error) => {
        if (mine()) failed(print, work, error)
      },
    })
    work.upload = upload
    upload.start()
  }

  function halt(print: string) {
    const work = works.get(print)
    if (!work) return
    clearTimeout(work.timer)
    const { upload } = work
    work.upload = undefined
    void upload?.abort().catch(() => {})
  }

  const watch = setInterval(() => {
    const now = Date.now()
    for (const { print, state } of items) {
      const work = works.get(print)
      const limit = state === 'sending' ? stallMs : state === 'checking' && work?.upload ? checkingStallMs : undefined
      if (!work || !limit || now - work.movedAt < limit) continue
      halt(print)
      again(print, work)
    }
    if (items.some(({ state }) => state === 'sending')) draw()
  }, 1_000)

  const onLine = () => {
    for (const { print, state } of items) if (state === 'lost') wake(print)
  }
  const onLeave = (event: BeforeUnloadEvent) => {
    if (items.some((item) => isUnfinished(item) && item.state !== 'gone')) event.preventDefault()
  }
  window.addEventListener('online', onLine)
  window.addEventListener('beforeunload', onLeave)

  function put(item: UploadItem, work: Work) {
    works.set(item.print, work)
    items = [...items.filter(({ print }) => print !== item.print), item]
  }

  const fresh = { sent: 0, error: undefined, fileId: null, safeAt: null } as const
  const freshWork = () => ({ tries: 0, beginnings: 0, movedAt: Date.now() })

  /** What this person had on its way before the page was closed or loaded again. */
  async function goOn(): Promise<void> {
    for (const kept of await keptFiles(userId)) {
      if (find(kept.print)) continue
      const release = await hold(kept.print)
      if (!release) continue
      if (closed) return release()
      const { print, name, bytes, recordName, intent, file } = kept
      put(
        { ...fresh, print, name, bytes, recordName, intent, state: file ? 'waiting' : 'gone', keptHere: file !== null },
        { ...freshWork(), file, keeping: Promise.resolve(), release },
      )
    }
    markUnfinished(userId, items.filter(isUnfinished).length)
    draw()
    next()
  }
  const ready = goOn()

  return {
    userId,
    ready,
    subscribe(listener: () => void): () => void {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    view: (): UploadsView => view,

    /** Puts files on their way. @returns how many; what is on its way already, here or in another tab, is not taken twice */
    async add(files: readonly File[], intent: UploadIntent, recordName: string): Promise<number> {
      await ready
      let taken = 0
      for (const file of files) {
        const print = printOf(userId, targetOf(intent), file)
        const known = find(print)
        if (known && isUnfinished(known) && known.state !== 'gone') continue
        const release = known && known.state !== 'safe' ? works.get(print)?.release : await hold(print)
        if (!release) continue
        taken += 1
        const base = { print, name: file.name, bytes: file.size, recordName, intent }
        const keeping = keepFile({ ...base, userId, addedAt: Date.now(), file }).then((keptHere) =>
          set(print, { keptHere }),
        )
        put({ ...fresh, ...base, state: 'waiting', keptHere: undefined }, { ...freshWork(), file, keeping, release })
      }
      markUnfinished(userId, items.filter(isUnfinished).length)
      draw()
      next()
      return taken
    },

    /** Somebody is here, or the line is back: nothing waits longer than it must. */
    wake: onLine,
    pause(print: string): void {
      const state = find(print)?.state
      if (state !== 'waiting' && state !== 'sending' && state !== 'lost') return
      halt(print)
      set(print, { state: 'paused' })
      next()
    },
    resume(print: string): void {
      const item = find(print)
      const work = works.get(print)
      if (!item || !work || (item.state !== 'paused' && item.state !== 'refused' && item.state !== 'lost')) return
      clearTimeout(work.timer)
      work.tries = 0
      work.beginnings = 0
      set(print, { state: work.file ? 'waiting' : 'gone', error: undefined })
      next()
    },
    pauseAll(): void {
      for (const { print } of items.toReversed()) this.pause(print)
    },
    resumeAll(): void {
      for (const { print, state } of items) if (state === 'paused') this.resume(print)
    },

    /** The same file, chosen again by the person. @returns false when it is another one */
    replace(print: string, file: File): boolean {
      const item = find(print)
      const work = works.get(print)
      if (!item || !work || file.size !== item.bytes || file.name !== item.name) return false
      work.file = file
      set(print, { state: 'waiting' })
      next()
      return true
    },

    /** Not wanted: gives it up here and on the server. */
    async remove(print: string): Promise<void> {
      const work = works.get(print)
      const address = work && courseOf(print, work).address
      const unsafe = find(print)?.state !== 'safe'
      halt(print)
      end(print, { state: 'refused' })
      items = items.filter((item) => item.print !== print)
      works.delete(print)
      draw()
      if (address && unsafe)
        await call('DELETE /api/v1/uploads/:uploadId', { params: { uploadId: idOf(address) } }).catch(() => {})
    },
    /** The receipt was read. */
    clear(): void {
      for (const item of items.filter((one) => !isUnfinished(one))) {
        if (item.state === 'refused') void dropFile(item.print)
        works.get(item.print)?.release?.()
        works.delete(item.print)
      }
      items = items.filter(isUnfinished)
      draw()
    },

    /** @returns when nothing more is put into the browser's store */
    async close(): Promise<void> {
      closed = true
      clearInterval(watch)
      clearTimeout(drawing)
      window.removeEventListener('online', onLine)
      window.removeEventListener('beforeunload', onLeave)
      for (const [print, work] of works) {
        halt(print)
        work.release?.()
      }
      await Promise.all([...works.values()].map(({ keeping }) => keeping))
    },
  }
}

export type Uploads = ReturnType<typeof startUploads>

let current: Uploads | undefined

/** One person's uploads at a time: another one who signs in here never sends what is not theirs. */
export function uploadsOf(userId: string): Uploads {
  if (current?.userId !== userId) {
    void current?.close()
    current = startUploads(userId)
  }
  return current
}

export async function closeUploads(): Promise<void> {
  const ending = current?.close()
  current = undefined
  await ending
}
