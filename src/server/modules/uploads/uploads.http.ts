import { type UploadView, uploadRoutes } from '#contract/uploads.ts'
import type { HttpServer } from '#server/platform/http.ts'
import { tusHttp } from './tus.http.ts'
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
  const tus = tusHttp(deps, uploads)
  server.app.leaving.addEventListener('abort', deps.leases.askAll)
  server.serve(uploadRoutes, {
    list: async ({ actor }) => ({ items: (await uploads.list(actor)).map(toView) }),
    show: async ({ actor, params }) => toView(await uploads.found(actor, params.uploadId)),
    room: async ({ actor }) => uploads.look(actor),
    create: (request) => tus.create(request, request.onceKey?.key ?? null),
    offset: (request) => tus.offset(request, request.params.uploadId),
    append: (request) => tus.append(request, request.params.uploadId),
    abandon: (request) => tus.abandon(request, request.params.uploadId),
  })
}
