/** What a cell holds. A `Date` is a day and time of day as written in the sheet, zone or none: its UTC parts count. */
export type CellValue = string | number | boolean | Date | null | undefined

/** The text a person would read in the cell: `2026-03-01`, `2026-03-01 14:30:00`, `TRUE`, `12.5`. */
export function cellText(value: CellValue): string {
  if (typeof value === 'string') return value
  if (value === null || value === undefined) return ''
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : ''
  if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE'
  if (Number.isNaN(value.getTime())) return ''
  const [day = '', time = ''] = value.toISOString().split('T')
  return time.startsWith('00:00:00') ? day : `${day} ${time.slice(0, 8)}`
}
