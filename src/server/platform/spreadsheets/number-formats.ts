import type { CellValue } from './cells.ts'

/** How a number is shown, as far as it changes what a person reads. */
export type NumberFormat = { shows: 'number' | 'date' | 'percent' } | { shows: 'digits'; count: number }

const plain: NumberFormat = { shows: 'number' }
const date: NumberFormat = { shows: 'date' }
const percent: NumberFormat = { shows: 'percent' }

/** The numbers of Excel's built-in date and time formats (ECMA-376, 18.8.30), the East Asian ones included. */
const isBuiltInDate = (id: number): boolean =>
  (id >= 14 && id <= 22) || (id >= 27 && id <= 36) || (id >= 45 && id <= 47) || (id >= 50 && id <= 58)

/** Excel holds a format to 255 characters; what follows is not looked at. */
export function numberFormat(id: number, fullCode: string | undefined): NumberFormat {
  const code = fullCode?.slice(0, 255)
  if (code === undefined) return isBuiltInDate(id) ? date : id === 9 || id === 10 ? percent : plain
  if (/^0{2,}$/.test(code)) return { shows: 'digits', count: code.length }
  const marks = code.replace(/"[^"]*"|\[[^\]]*\]|\\.|_.|\*./g, '')
  if (/[dmyhs]/i.test(marks) && !/general/i.test(marks)) return date
  return marks.includes('%') ? percent : plain
}

const dayMs = 86_400_000

/** A number as its format shows it: a code keeps its leading zeros, a day is a day, 0.25 under `0%` is `25%`. */
export function shownNumber(value: number, format: NumberFormat, uses1904: boolean): CellValue {
  switch (format.shows) {
    case 'digits':
      return Number.isInteger(value) && value >= 0 ? String(value).padStart(format.count, '0') : rounded(value)
    case 'percent':
      return `${rounded(value * 100)}%`
    case 'date':
      return shownDate(value, uses1904)
    case 'number':
      return rounded(value)
    default:
      return format satisfies never
  }
}

/** Excel keeps 17 digits and shows 15, so that 0.1 + 0.2 reads 0.3. */
const rounded = (value: number): number => Number(value.toPrecision(15))

function shownDate(serial: number, uses1904: boolean): CellValue {
  if (serial < 0 || serial >= 2_958_466) return rounded(serial)
  const ms = Math.round(serial * 86_400) * 1000
  if (serial < 1) return new Date(ms).toISOString().slice(11, 19)
  // Day 60 is 29 February 1900, which never was: earlier days count from a day later.
  const start = uses1904 ? Date.UTC(1904, 0, 1) : Date.UTC(1899, 11, serial < 60 ? 31 : 30)
  return new Date(start + ms)
}

/** The number that stands for a day and time, or nothing for one before 1 March 1900, where programs disagree. */
export function serialOf(value: Date): number | undefined {
  const serial = (value.getTime() - Date.UTC(1899, 11, 30)) / dayMs
  return serial >= 61 && serial < 2_958_466 ? serial : undefined
}
