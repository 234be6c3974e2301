import { handles } from '#server/platform/jobs.ts'
import type { Module, ModuleDeps } from '#server/platform/module.ts'
import type { StoreName } from '#server/platform/storage.ts'
import { bucketStaging } from './bucket-staging.service.ts'
import { createLeases } from './leases.service.ts'
import { uploadRoom } from './room.service.ts'
import { type Staging, volumeStaging } from './staging.service.ts'
import { serveUploads } from './uploads.http.ts'
import { finishUpload, resumeUploads, tidyUploads } from './uploads.jobs.ts'
import { type UploadsDeps, uploadsService } from './uploads.service.ts'

export const uploadsJobs = [finishUpload, resumeUploads, tidyUploads]

export function uploadsModule(given: ModuleDeps & Pick<UploadsDeps, 'files' | 'actorOf'>): Module {
  const stagings = new Map<StoreName, Staging>()
  for (const store of given.storage.stores.values()) {
    if (store.pathOf) stagings.set(store.name, volumeStaging(store, store.pathOf))
    else if (given.config.s3) stagings.set(store.name, bucketStaging(store, given.config.s3))
  }
  const deps: UploadsDeps = { ...given, leases: createLeases(given), room: uploadRoom(given), stagings }
  const uploads = uploadsService(deps)
  return {
    http: (server) => serveUploads(server, deps, uploads),
    jobs: [
      handles(finishUpload, ({ uploadId }) => uploads.finishLater(uploadId)),
      handles(resumeUploads, async () => (await import('./uploads.handlers.ts')).runResume(deps)),
      handles(tidyUploads, async (_payload, context) =>
        (await import('./uploads.handlers.ts')).runTidy(deps, uploads, context),
      ),
    ],
  }
}
