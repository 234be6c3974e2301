import type { FastifyRequest } from 'fastify'
import { fileRoutes } from '#contract/files.ts'
import type { HttpServer } from '#server/platform/http.ts'
import type { ContentService } from './content.service.ts'
import type { FilesService } from './files.service.ts'
import type { FoldersService } from './folders.service.ts'
import type { SharesService } from './shares.service.ts'

export interface FileServices {
  files: FilesService
  content: ContentService
  shares: SharesService
  folders: FoldersService
}

const asksHeadOnly = ({ method }: FastifyRequest) => ({ headOnly: method === 'HEAD' })

export function serveFiles(server: HttpServer, { files, content, shares, folders }: FileServices): void {
  server.serve(fileRoutes, {
    list: async ({ actor, query }) => files.list(actor, query),
    show: async ({ actor, params }) => files.show(actor, params.fileId),
    content: async ({ actor, params, query, raw }) =>
      content.content(actor, params.fileId, { ...query, ...asksHeadOnly(raw) }),
    original: async ({ actor, params, query, raw }) =>
      content.original(actor, params.fileId, { ...query, ...asksHeadOnly(raw) }),
    thumbnail: async ({ actor, params, query, raw }) =>
      content.thumbnail(actor, params.fileId, params.size, { ...query, ...asksHeadOnly(raw) }),
    change: async ({ actor, params, body: { version, ...sent } }) => files.change(actor, params.fileId, version, sent),
    archive: async ({ actor, params, body }) => files.archive(actor, params.fileId, body),
    restore: async ({ actor, params, body }) => files.restore(actor, params.fileId, body),
    link: async ({ actor, params, body }) => files.link(actor, params.fileId, body.record),
    unlink: async ({ actor, params }) => {
      await files.unlink(actor, params.fileId, params.linkId)
      return undefined
    },
    uses: async ({ actor, params, query }) => files.uses(actor, params.fileId, query),
    shares: async ({ actor, params }) => shares.list(actor, params.fileId),
    share: async ({ actor, params, body }) => shares.share(actor, params.fileId, body),
    revokeShare: async ({ actor, params }) => shares.revoke(actor, params.fileId, params.shareId),
    shared: async ({ params }) => shares.show(params.secret),
    sharedContent: async ({ params, query, address }) =>
      shares.content(params.secret, { download: query.download, address }),
    tags: async ({ actor, query }) => files.tags(actor, query.q),
    folders: async ({ actor, query }) => folders.list(actor, query),
    showFolder: async ({ actor, params }) => folders.show(actor, params.folderId),
    createFolder: async ({ actor, body, onceKey }) => folders.create(actor, body, onceKey),
    changeFolder: async ({ actor, params, body }) => folders.change(actor, params.folderId, body),
  })
}
