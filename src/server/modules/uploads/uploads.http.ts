import { type UploadView, uploadRoutes } from '#contract/uploads.ts'
import type { HttpServer } from '#server/platform/http.ts'
import type { UploadRecord } from './uploads.repo.ts'
import type { UploadsDeps, UploadsService } from './uploads.service.ts'

const toView = (record: UploadRecord): UploadView => ({
  id: record.id,
  name: record.name,
  bytes: record.bytes,
  state: record.state,
  received: record.received,
  refusal: record.refusal,
  fileId: record.fileId,
  intent: record.intent,
  createdAt: record.createdAt.toISOString(),
  endedAt: record.endedAt?.toISOString() ?? null,
})

export function serveUploads(server: HttpServer, deps: UploadsDeps, uploads: UploadsService): void {
  let tus: Promise<ReturnType<typeof import('./tus.http.ts').tusHttp>> | undefined
  /** The protocol's library is 20 MB of memory: it comes with the first upload. */
  const speak = () => {
    tus ??= import('./tus.http.ts').then(({ tusHttp }) => tusHttp(deps, uploads))
    return tus
  }
  server.app.leaving.addEventListener('abort', deps.leases.askAll)
  server.serve(uploadRoutes, {
    list: async ({ actor }) => ({ items: (await uploads.list(actor)).map(toView) }),
    show: async ({ actor, params }) => toView(await uploads.found(actor, params.uploadId)),
    room: async ({ actor }) => uploads.look(actor),
    create: async (request) => (await speak()).create(request, request.onceKey?.key ?? null),
    offset: async (request) => (await speak()).offset(request, request.params.uploadId),
    append: async (request) => (await speak()).append(request, request.params.uploadId),
    abandon: async (request) => (await speak()).abandon(request, request.params.uploadId),
  })
}
