import { join } from 'node:path'
import type { ModuleDeps } from '#server/platform/module.ts'
import type { KeptFile } from './imports.repo.ts'

/** Where a file lies that was kept before there were objects. */
export const formerPath = ({ config }: Pick<ModuleDeps, 'config'>, fileKey: string): string =>
  join(config.dataDir, 'files', fileKey.slice(-2), fileKey)

/** The uploaded file on this machine; undefined when it was let go. `release` it when done. */
export async function openKept(
  deps: Pick<ModuleDeps, 'config' | 'storage'>,
  { sha256, fileKey }: KeptFile,
): Promise<{ path: string; release(): Promise<void> } | undefined> {
  if (sha256) return deps.storage.openLocal(sha256)
  return fileKey ? { path: formerPath(deps, fileKey), release: async () => {} } : undefined
}
