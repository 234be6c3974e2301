import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { FileRecord, FileSummary, FileView, FolderView } from '#contract/files.ts'
import type { UploadView } from '#contract/uploads.ts'
import { type Answer, ApiError, addressOf, type CallInput, call, OfflineError } from '#web/lib/api.ts'
import { queryClient } from '#web/lib/query.ts'
import type { LibrarySearch } from './list-search.ts'

export type { FileRecord, FileSummary, FileView, FolderView, UploadView }
export type FileRow = Answer<'GET /api/v1/files'>['items'][number]
export type FolderRow = Answer<'GET /api/v1/folders'>['items'][number]
export type ShareView = Answer<'GET /api/v1/files/:fileId/shares'>['items'][number]

export const filesPageSize = 48
/** While a picture or a text is still being made. */
const askAgainMs = 3_000

type About = Partial<Pick<FileRecord, 'type' | 'id'>>

export const fileList = (search: LibrarySearch, about: About) =>
  queryOptions({
    queryKey: ['files', 'list', about, pick(search), search.cursor],
    queryFn: ({ signal }) =>
      call('GET /api/v1/files', {
        query: {
          ...pick(search),
          record: about.type ?? search.record,
          id: about.id,
          cursor: search.cursor,
          limit: String(filesPageSize),
        },
        signal,
      }),
    placeholderData: keepPreviousData,
    refetchInterval: (query) =>
      query.state.data?.items.some(({ thumbnails, scan }) => thumbnails === 'waiting' || scan === 'unscanned')
        ? askAgainMs
        : false,
  })

const pick = ({ q, type, confidentiality, tag, archived, sort, record }: LibrarySearch) => ({
  q,
  type,
  confidentiality,
  tag,
  archived,
  sort,
  record,
})

export const fileById = (fileId: string) =>
  queryOptions({
    queryKey: ['files', 'one', fileId],
    queryFn: ({ signal }) => call('GET /api/v1/files/:fileId', { params: { fileId }, signal }),
    refetchInterval: (query) => {
      const file = query.state.data
      const waits = file && (file.thumbnails === 'waiting' || file.text === 'waiting' || file.scan === 'unscanned')
      return waits ? askAgainMs : false
    },
  })

const beginningBytes = 65_536

/** The first part of a text: enough to know it by. */
export const textBeginning = (address: string) =>
  queryOptions({
    queryKey: ['files', 'text', address],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async ({ signal }) => {
      const reply = await fetch(address, { headers: { range: `bytes=0-${beginningBytes - 1}` }, signal }).catch(
        (error) => {
          if (signal.aborted) throw error
          throw new OfflineError('The line or the server is away.', { cause: error })
        },
      )
      if (reply.headers.get('content-type')?.startsWith('application/problem+json'))
        throw new ApiError(await reply.json())
      const bytes = (await reply.arrayBuffer()).slice(0, beginningBytes)
      const whole = Number(/\/(\d+)$/.exec(reply.headers.get('content-range') ?? '')?.[1] ?? bytes.byteLength)
      return { text: new TextDecoder().decode(bytes), more: whole > bytes.byteLength }
    },
  })

export const fileUses = (fileId: string) =>
  infiniteQueryOptions({
    queryKey: ['files', 'uses', fileId],
    queryFn: ({ pageParam, signal }) =>
      call('GET /api/v1/files/:fileId/uses', {
        params: { fileId },
        query: { cursor: pageParam, limit: '20' },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  })

export const fileShares = (fileId: string) =>
  queryOptions({
    queryKey: ['files', 'shares', fileId],
    queryFn: async ({ signal }) =>
      (await call('GET /api/v1/files/:fileId/shares', { params: { fileId }, signal })).items,
  })

export const sharedFile = (secret: string) =>
  queryOptions({
    queryKey: ['shared', secret],
    queryFn: ({ signal }) => call('GET /api/v1/shared/:secret', { params: { secret }, signal }),
    retry: false,
  })

export const findTags = (words: string) =>
  queryOptions({
    queryKey: ['files', 'tags', words],
    queryFn: ({ signal }) => call('GET /api/v1/file-tags', { query: { q: words || undefined }, signal }),
    staleTime: 60_000,
    placeholderData: keepPreviousData,
  })

export const uploadRoom = queryOptions({
  queryKey: ['uploads', 'room'],
  queryFn: ({ signal }) => call('GET /api/v1/upload-room', { signal }),
})

export const ownUploads = queryOptions({
  queryKey: ['uploads', 'own'],
  queryFn: async ({ signal }) => (await call('GET /api/v1/uploads', { signal })).items,
})

type FolderQuery = NonNullable<CallInput<'GET /api/v1/folders'>['query']>

export const folderList = (query: FolderQuery) =>
  queryOptions({
    queryKey: ['folders', 'list', query],
    queryFn: async ({ signal }) => (await call('GET /api/v1/folders', { query, signal })).items,
    placeholderData: keepPreviousData,
  })

export const folderById = (folderId: string) =>
  queryOptions({
    queryKey: ['folders', 'one', folderId],
    queryFn: ({ signal }) => call('GET /api/v1/folders/:folderId', { params: { folderId }, signal }),
  })

/** Other lists may show it too. */
async function keep(view: FileView): Promise<FileView> {
  queryClient.setQueryData(fileById(view.id).queryKey, view)
  await queryClient.invalidateQueries({
    queryKey: ['files'],
    predicate: ({ queryKey }) => queryKey[1] !== 'one',
    refetchType: 'active',
  })
  return view
}

type ChangeFileBody = CallInput<'PATCH /api/v1/files/:fileId'>['body']

export const changeFile = async (fileId: string, body: ChangeFileBody) =>
  keep(await call('PATCH /api/v1/files/:fileId', { params: { fileId }, body }))

export const archiveFile = async (fileId: string, body: { reason: string; version: number }) =>
  keep(await call('POST /api/v1/files/:fileId/archive', { params: { fileId }, body }))

export const restoreFile = async (fileId: string, body: { version: number }) =>
  keep(await call('POST /api/v1/files/:fileId/restore', { params: { fileId }, body }))

export const linkFile = async (fileId: string, record: FileRecord, onceKey: string) =>
  keep(await call('POST /api/v1/files/:fileId/links', { params: { fileId }, body: { record }, onceKey }))

export async function unlinkFile(fileId: string, linkId: string): Promise<void> {
  await call('DELETE /api/v1/files/:fileId/links/:linkId', { params: { fileId, linkId } })
  await queryClient.invalidateQueries({ queryKey: ['files'], refetchType: 'active' })
}

/** What is stored now, asked afresh. */
export const freshFile = (fileId: string): Promise<FileView> =>
  queryClient.fetchQuery({ ...fileById(fileId), staleTime: 0 })

const sharesChanged = (fileId: string) => queryClient.invalidateQueries({ queryKey: fileShares(fileId).queryKey })

export async function makeShare(fileId: string, body: { days: number; note: string | null }, onceKey: string) {
  const made = await call('POST /api/v1/files/:fileId/shares', { params: { fileId }, body, onceKey })
  await sharesChanged(fileId)
  return made
}

export async function revokeShare(fileId: string, shareId: string): Promise<void> {
  await call('POST /api/v1/files/:fileId/shares/:shareId/revoke', { params: { fileId, shareId }, body: {} })
  await sharesChanged(fileId)
}

const foldersChanged = () => queryClient.invalidateQueries({ queryKey: ['folders'], refetchType: 'active' })

export async function createFolder(
  body: { name: string; parentId?: string | null; organisationId?: string | null },
  onceKey: string,
): Promise<FolderView> {
  const made = await call('POST /api/v1/folders', { body, onceKey })
  await foldersChanged()
  return made
}

export async function changeFolder(
  folderId: string,
  body: { name?: string; parentId?: string | null; archived?: boolean; version: number },
): Promise<FolderView> {
  const changed = await call('PATCH /api/v1/folders/:folderId', { params: { folderId }, body })
  await foldersChanged()
  return changed
}

const versionOf = (version?: number) => (version === undefined ? undefined : String(version))

/** Where a small picture of it is; the number keeps an older one out of the browser’s memory. */
export const thumbnailAddress = (fileId: string, size: 'small' | 'medium' | 'large', version: number): string =>
  addressOf('GET /api/v1/files/:fileId/thumbnails/:size', {
    params: { fileId, size },
    query: { version: String(version) },
  })

export const contentAddress = (fileId: string, how: { version?: number; download?: boolean } = {}): string =>
  addressOf('GET /api/v1/files/:fileId/content', {
    params: { fileId },
    query: { version: versionOf(how.version), download: how.download ? 'true' : undefined },
  })

export const originalAddress = (fileId: string, version?: number): string =>
  addressOf('GET /api/v1/files/:fileId/original', { params: { fileId }, query: { version: versionOf(version) } })

export const sharedAddress = (secret: string, download: boolean): string =>
  addressOf('GET /api/v1/shared/:secret/content', {
    params: { secret },
    query: { download: download ? 'true' : undefined },
  })
