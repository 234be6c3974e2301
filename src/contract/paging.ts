import { z } from 'zod'

/** A whole number in a query string. */
export const intParam = (min: number, max: number) =>
  z
    .string()
    .regex(/^-?\d{1,12}$/, 'Type a whole number.')
    .transform(Number)
    .pipe(z.number().int().min(min).max(max))

/** Several values in one query parameter, separated by commas: `status=confirmed,presumed`. */
export const listParam = <T extends z.ZodType<unknown, string>>(item: T, max = 50) =>
  z
    .string()
    .max(2000)
    .transform((text) => text.split(',').filter(Boolean))
    .pipe(z.array(item).max(max))

export const flagParam = z.enum(['true', 'false']).transform((text) => text === 'true')

/** Keyset paging: `cursor` is what the page before answered as `nextCursor`. */
export const pageQuery = {
  cursor: z.string().max(1000).optional(),
  limit: intParam(1, 200).optional(),
}

/** A page of rows; `total` counts all rows of the filter and is given on the first page only. */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable(), total: z.number().int().nullable() })

/** Text typed by a person: trimmed, never with control characters. */
export const line = (max: number) =>
  z
    .string()
    .trim()
    .max(max, `Use at most ${max} characters.`)
    .regex(/^[^\u0000-\u001f\u007f]*$/, 'Remove line breaks and control characters.')
export const requiredLine = (max: number) => line(max).min(1, 'Fill in this field.')
export const paragraph = (max: number) => z.string().trim().max(max, `Use at most ${max} characters.`)

/** A calendar day, `yyyy-mm-dd`, Asia/Manila. */
export const day = z.iso.date('Type a date as yyyy-mm-dd.')
export const timestamp = z.iso.datetime({ offset: true })
/** Below what the database counts to, with room for the next one. */
export const version = z.number().int().min(1).max(2_000_000_000)
export const uuid = z.uuid()
