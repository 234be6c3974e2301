import type { Role } from './access.ts'
import { maxUploadBytes } from './files.options.ts'

export const uploadStates = ['arriving', 'arrived', 'kept', 'refused', 'expired'] as const
export type UploadState = (typeof uploadStates)[number]

const megabyte = 1_048_576

/**
 * The largest file a role may send, where it is less than what its kind allows: documents and photos from outside the office,
 * recordings from ministries. A role that is not here has no limit of its own.
 */
export const roleUploadBytes: Partial<Record<Role, number>> = {
  moa_focal: 500 * megabyte,
  lgu_focal: 200 * megabyte,
  partner: 200 * megabyte,
  community_leader: 100 * megabyte,
}

export const uploadBytesOf = (role: Role): number => roleUploadBytes[role] ?? maxUploadBytes

/** Days after which an upload that does not go on is given up. */
export const uploadDays = 7
/** Uploads of one person that may be under way at once. */
export const mostOpenUploads = 500
/** Bytes that one person may have announced and not yet sent, in files of the largest size of the role: room is held for all of them. */
export const mostOpenOfLargest = 20
