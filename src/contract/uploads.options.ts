export const uploadStates = ['arriving', 'arrived', 'kept', 'refused', 'expired'] as const
export type UploadState = (typeof uploadStates)[number]
