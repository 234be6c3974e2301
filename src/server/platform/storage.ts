/**
 * Files: the front door of `storage/`.
 *
 * Content lies under the name of its hash, once, however many records use it. It is written whole or not at all and never
 * overwritten. Where it lies is a row of `object_copies`; what uses it has a foreign key to `objects`, so the database refuses to
 * forget content that is used.
 */

export { Checked, Measured } from './storage/expected.ts'
export { asStorageError, filesystemStore } from './storage/filesystem-store.ts'
export { findObject, findOpenTarget, lockObjects } from './storage/objects.repo.ts'
export {
  type Classify,
  openStorage,
  type Storage,
  type StoredObject,
} from './storage/open-storage.ts'
export {
  ContentDiffers,
  type Expected,
  ObjectMissing,
  type ObjectStore,
  objectKey,
  type StoreName,
  stagedPrefix,
} from './storage/store.ts'
