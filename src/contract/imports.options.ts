/**
 * uploaded → checking → checked (dry run done) → applying → applied; cancelled, refused (a file that cannot be read) and
 * failed (our fault, may be started again) end it.
 */
export const importStates = [
  'uploaded',
  'checking',
  'checked',
  'applying',
  'applied',
  'cancelled',
  'refused',
  'failed',
] as const
export type ImportState = (typeof importStates)[number]
export const maxImportBytes = 50 * 1024 * 1024
