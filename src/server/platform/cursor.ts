import { z } from 'zod'
import { AppError } from './errors.ts'

/** The last row of a page in a list that is ordered by a text and the row's id. */
export interface Position {
  key: string
  id: string
}

const anyText = z
  .string()
  .max(500)
  .refine((text) => !text.includes('\0'))

export const cursorOf = ({ key, id }: Position): string => Buffer.from(JSON.stringify([key, id])).toString('base64url')

/**
 * @param key what the list is ordered by, when it is no plain text
 * @throws AppError `invalid_input` when it is no cursor of ours
 */
export function positionOf(cursor: string | undefined, key: z.ZodType<string> = anyText): Position | undefined {
  if (cursor === undefined) return undefined
  try {
    const [at, id] = z.tuple([key, z.uuid()]).parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')))
    return { key: at, id }
  } catch (cause) {
    throw new AppError('invalid_input', 'This page of the list cannot be found. Start from its first page.', {}, cause)
  }
}

/** Cuts the extra row off that tells whether more follow. */
export function pageOf<T extends { id: string; sortKey: string }>(
  rows: T[],
  limit: number,
): { items: T[]; nextCursor: string | null } {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  return { items, nextCursor: last && rows.length > limit ? cursorOf({ key: last.sortKey, id: last.id }) : null }
}
