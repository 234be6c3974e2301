import type { Module } from '#server/platform/module.ts'
import { serveFiles } from './files.http.ts'
import { type FilesDeps, type FilesService, filesService } from './files.service.ts'

export type { AddedFile, FilesService } from './files.service.ts'

export interface FilesModule extends Module {
  service: FilesService
}

export function filesModule(deps: FilesDeps): FilesModule {
  const service = filesService(deps)
  return { service, http: (server) => serveFiles(server, service), jobs: [] }
}
