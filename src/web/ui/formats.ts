import i18next from 'i18next'

const zone = 'Asia/Manila'
const months = {
  en: ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'],
  fil: ['Ene', 'Peb', 'Mar', 'Abr', 'May', 'Hun', 'Hul', 'Ago', 'Set', 'Okt', 'Nob', 'Dis'],
} as const

const whole = new Intl.NumberFormat('en-PH', { maximumFractionDigits: 0 })
const oneDecimal = new Intl.NumberFormat('en-PH', { maximumFractionDigits: 1 })
const twoDecimals = new Intl.NumberFormat('en-PH', { maximumFractionDigits: 2 })
const share = new Intl.NumberFormat('en-PH', { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 })
const manila = new Intl.DateTimeFormat('en-CA', {
  timeZone: zone,
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
})

/** `1,234`; an unknown figure is a dash, never a zero. */
export const formatNumber = (value: number | null | undefined): string => (value == null ? '—' : whole.format(value))

/** A share between 0 and 1: `73.4%` */
export const formatShare = (value: number): string => share.format(value)

/** `2026-01-02` → `02 Jan 2026` */
export function formatDay(day: string | null | undefined): string {
  const parts = day?.match(/^(\d{4})-(\d{2})-(\d{2})/)
  if (!parts) return '—'
  return `${parts[3]} ${months[i18next.language === 'fil' ? 'fil' : 'en'][Number(parts[2]) - 1] ?? parts[2]} ${parts[1]}`
}

const partsOf = (timestamp: string): Record<string, string> =>
  Object.fromEntries(manila.formatToParts(new Date(timestamp)).map((part) => [part.type, part.value]))

/** The day of a moment in Manila, `yyyy-mm-dd`. */
export function manilaDay(timestamp: string): string {
  const { year, month, day } = partsOf(timestamp)
  return `${year}-${month}-${day}`
}

/** `02 Jan 2026, 14:05`, Manila time */
export function formatMoment(timestamp: string | null | undefined): string {
  if (!timestamp) return '—'
  const { hour, minute } = partsOf(timestamp)
  return `${formatDay(manilaDay(timestamp))}, ${hour}:${minute}`
}

/** `14:05`, Manila time; to the second `14:05:09` */
export function formatTime(timestamp: string, toSecond = false): string {
  const { hour, minute, second } = partsOf(timestamp)
  return toSecond ? `${hour}:${minute}:${second}` : `${hour}:${minute}`
}

/** Three figures are enough of a measurement: `0.04`, `3.2`, `1,204`. */
export const formatMeasure = (value: number): string =>
  value < 1 ? twoDecimals.format(value) : value < 10 ? oneDecimal.format(value) : whole.format(value)

/** `3.4 MB` */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB']
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), units.length - 1)
  return `${oneDecimal.format(bytes / 1000 ** power)} ${units[power]}`
}

/** Names in Filipino order (Ñ after N). */
const byName = new Intl.Collator('fil', { sensitivity: 'base', numeric: true })
export const compareNames = (a: string, b: string): number => byName.compare(a, b)
