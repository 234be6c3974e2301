/**
 * Files: the front door of `storage/`.
 *
 * Content lies under the name of its hash, once, however many records use it. It is written whole or not at all and never
 * overwritten. Where it lies is a row of `object_copies`; what uses it has a foreign key to `objects`, so the database refuses to
 * forget content that is used.
 */

export { detectMediaType } from './storage/detect.ts'
export { Checked, Measured } from './storage/expected.ts'
export { asStorageError, filesystemStore } from './storage/filesystem-store.ts'
export { findObject, findOpenTarget, insertCopy, lockObject } from './storage/objects.repo.ts'
export {
  type Classify,
  type OpenedObject,
  openStorage,
  type Storage,
  type StoredObject,
} from './storage/open-storage.ts'
export {
  type ByteRange,
  ContentDiffers,
  type Expected,
  ObjectMissing,
  type ObjectStore,
  objectKey,
  stagedPrefix,
  type StoredEntry,
  type StoreName,
} from './storage/store.ts'
