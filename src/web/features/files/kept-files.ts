import type { UploadIntent } from '#contract/uploads.ts'

/** What is on its way, kept in the browser until it is safe, so that a closed tab loses nothing. */
export interface KeptFile {
  print: string
  userId: string
  intent: UploadIntent
  /** Name of the record it goes to. */
  recordName: string
  name: string
  bytes: number
  addedAt: number
  /** Null when the browser had no room for it: the person chooses it again after a reload. */
  file: Blob | null
}

const largestKept = 300 * 1_048_576
const mostKept = 1_024 * 1_048_576
/** As long as the server keeps what arrived of an upload. */
const longestKeptMs = 7 * 24 * 3_600_000
const storeName = 'files'

let opening: Promise<IDBDatabase> | undefined
function open(): Promise<IDBDatabase> {
  opening ??= new Promise<IDBDatabase>((done, fail) => {
    const request = indexedDB.open('obcms-uploads', 1)
    request.onupgradeneeded = () => request.result.createObjectStore(storeName, { keyPath: 'print' })
    request.onsuccess = () => done(request.result)
    request.onerror = () => fail(request.error)
    request.onblocked = () => fail(new Error('Another tab holds an older store.'))
  })
  opening.catch(() => {
    opening = undefined
  })
  return opening
}

async function ask<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const db = await open()
  return new Promise<T>((done, fail) => {
    const transaction = db.transaction(storeName, mode)
    const request = work(transaction.objectStore(storeName))
    transaction.oncomplete = () => done(request.result)
    transaction.onabort = () => fail(transaction.error ?? request.error)
  })
}

const all = (): Promise<KeptFile[]> => ask('readonly', (store) => store.getAll() as IDBRequest<KeptFile[]>)

async function hasRoom(bytes: number): Promise<boolean> {
  if (bytes > largestKept) return false
  const held = (await all()).reduce((sum, { file }) => sum + (file?.size ?? 0), 0)
  if (held + bytes > mostKept) return false
  const { quota, usage = 0 } = (await navigator.storage?.estimate?.()) ?? {}
  return quota === undefined || quota - usage > bytes * 1.2
}

/** @returns whether the file itself is kept, or only that it was on its way */
export async function keepFile(entry: KeptFile): Promise<boolean> {
  try {
    if (entry.file && (await hasRoom(entry.bytes))) {
      await ask('readwrite', (store) => store.put(entry))
      return true
    }
  } catch {
    // No room after all.
  }
  await ask('readwrite', (store) => store.put({ ...entry, file: null })).catch(() => {})
  return false
}

export const dropFile = (print: string): Promise<unknown> =>
  ask('readwrite', (store) => store.delete(print)).catch(() => {})

/** What this person had on its way; drops what is too old, whoever left it. */
export async function keptFiles(userId: string): Promise<KeptFile[]> {
  const found = await all().catch((): KeptFile[] => [])
  const old = found.filter(({ addedAt }) => addedAt < Date.now() - longestKeptMs)
  await Promise.all(old.map(({ print }) => dropFile(print)))
  return found.filter((entry) => entry.userId === userId && !old.includes(entry)).sort((a, b) => a.addedAt - b.addedAt)
}

/** How one upload is known on the server: by the key of its beginning, and by its address as soon as it has one. */
export interface Course {
  onceKey: string
  address: string | null
}

const courseName = (print: string): string => `obcms.upload.${print}`

/** Lasts longer than a tab. */
export const keptCourse = {
  read(print: string): Course | undefined {
    try {
      const [onceKey, address] = localStorage.getItem(courseName(print))?.split(' ') ?? []
      return onceKey ? { onceKey, address: address || null } : undefined
    } catch {
      return undefined
    }
  },
  write(print: string, { onceKey, address }: Course): void {
    try {
      localStorage.setItem(courseName(print), `${onceKey} ${address ?? ''}`)
    } catch {
      // It goes on from the beginning after a reload.
    }
  },
  drop(print: string): void {
    try {
      localStorage.removeItem(courseName(print))
    } catch {
      // There was nothing to drop.
    }
  },
}

/** Nothing of this person stays on a shared computer. */
export async function forgetFiles(userId: string): Promise<void> {
  for (const { print } of await keptFiles(userId)) await dropFile(print)
  for (const name of Object.keys(localStorage))
    if (name.startsWith(courseName(`${userId}|`))) localStorage.removeItem(name)
}
