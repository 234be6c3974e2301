import { fileRoutes } from '#contract/files.ts'
import type { HttpServer } from '#server/platform/http.ts'
import type { FilesService } from './files.service.ts'

const { list, show, tags } = fileRoutes

export function serveFiles(server: HttpServer, files: FilesService): void {
  server.serve(
    { list, show, tags },
    {
      list: async ({ actor, query }) => files.list(actor, query),
      show: async ({ actor, params }) => files.show(actor, params.fileId),
      tags: async ({ actor, query }) => files.tags(actor, query.q),
    },
  )
}
