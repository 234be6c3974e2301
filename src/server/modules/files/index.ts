import type { Module, ModuleDeps } from '#server/platform/module.ts'
import { type AdditionsDeps, type AdditionsService, additionsService } from './additions.service.ts'
import { contentService } from './content.service.ts'
import { serveFiles } from './files.http.ts'
import { filesService } from './files.service.ts'
import { foldersService } from './folders.service.ts'
import { sharesService } from './shares.service.ts'
import { usesService } from './uses.service.ts'

export type { AdditionsService as FilesService } from './additions.service.ts'

export interface FilesModule extends Module {
  /** What uploads and the examination of content need of it. */
  service: AdditionsService
}

export function filesModule(deps: ModuleDeps & Pick<AdditionsDeps, 'expect'>): FilesModule {
  const content = contentService({ ...deps, uses: usesService(deps) })
  const services = {
    files: filesService(deps),
    content,
    shares: sharesService({ ...deps, content }),
    folders: foldersService(deps),
  }
  return { service: additionsService(deps), http: (server) => serveFiles(server, services), jobs: [] }
}
