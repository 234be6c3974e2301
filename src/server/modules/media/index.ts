import type { Module, ModuleDeps } from '#server/platform/module.ts'
import { type Collecting, collectingService } from './collecting.service.ts'
import { copyingService } from './copying.service.ts'
import { mediaHandlers } from './media.handlers.ts'
import { mediaHttp } from './media.http.ts'
import { cleanUpMedia, collectMedia, moveMedia, scrubMedia, sendDamageLetter } from './media.jobs.ts'
import { type MediaService, mediaService } from './media.service.ts'
import { type Moving, movingService } from './moving.service.ts'
import { type Scrubbing, scrubbingService } from './scrubbing.service.ts'

export const mediaJobs = [moveMedia, cleanUpMedia, collectMedia, scrubMedia, sendDamageLetter]

/** For the command line, and for whoever starts a process. */
export interface Media {
  service: MediaService
  moving: Moving
  scrubbing: Scrubbing
  collecting: Collecting
}

export interface MediaModule extends Module {
  media: Media
}

export function mediaModule(deps: ModuleDeps): MediaModule {
  const preferred = deps.config.useS3 ? ('s3' as const) : ('filesystem' as const)
  const copying = copyingService(deps)
  const service = mediaService({ ...deps, preferred })
  const moving = movingService({ ...deps, preferred, copying })
  const scrubbing = scrubbingService({ ...deps, copying })
  const collecting = collectingService(deps)
  return {
    http: (server) => mediaHttp(server, service),
    jobs: mediaHandlers({ ...deps, moving, scrubbing, collecting }),
    media: { service, moving, scrubbing, collecting },
  }
}
