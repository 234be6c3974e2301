import { z } from 'zod'
import { AppError } from './errors.ts'

/** The last row of a page in a list that is ordered by a text and the row's id. */
export interface Position {
  key: string
  id: string
}

const shape = z.tuple([z.string().max(500), z.uuid()])

export const cursorOf = ({ key, id }: Position): string => Buffer.from(JSON.stringify([key, id])).toString('base64url')

/** @throws AppError `invalid_input` when it is no cursor of ours */
export function positionOf(cursor: string | undefined): Position | undefined {
  if (cursor === undefined) return undefined
  try {
    const [key, id] = shape.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')))
    return { key, id }
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
