import type { Language } from '#contract/accounts.options.ts'

/** What a day brought, and what waits at its end. */
export interface DayFigures {
  communities: number
  imports: number
  importedRows: number
  waitingAccounts: number
  failedJobs: number
}

const dayMs = 86_400_000
/** Manila is eight hours ahead all year. */
const manilaMs = 8 * 3_600_000

/** The calendar day in Manila before the one of this moment, `yyyy-mm-dd`. */
export const yesterday = (now: Date): string => new Date(now.getTime() + manilaMs - dayMs).toISOString().slice(0, 10)

/** From midnight to midnight in Manila. */
export function boundsOf(day: string): { from: Date; to: Date } {
  const from = new Date(`${day}T00:00:00+08:00`)
  return { from, to: new Date(from.getTime() + dayMs) }
}

interface Words {
  subject(day: string): string
  greeting: string
  lead(day: string): string
  communities: string
  imports: string
  importedRows: string
  waitingAccounts: string
  failedJobs: string
}

const words: Record<Language, Words> = {
  en: {
    subject: (day) => `OBCMS on ${day}`,
    greeting: 'Dear',
    lead: (day) => `This is what ${day} brought:`,
    communities: 'Communities registered',
    imports: 'Spreadsheets imported',
    importedRows: 'Rows in them',
    waitingAccounts: 'Accounts that wait for approval',
    failedJobs: 'Jobs that failed and wait for a decision',
  },
  fil: {
    subject: (day) => `OBCMS noong ${day}`,
    greeting: 'Mahal na',
    lead: (day) => `Ito ang mga nangyari noong ${day}:`,
    communities: 'Mga komunidad na nairehistro',
    imports: 'Mga spreadsheet na na-import',
    importedRows: 'Mga hilera sa mga ito',
    waitingAccounts: 'Mga account na naghihintay ng pag-apruba',
    failedJobs: 'Mga gawaing nabigo at naghihintay ng pasya',
  },
}

interface Facts {
  name: string
  day: string
  figures: DayFigures
  /** Start of every link. */
  baseUrl: string
}

const formats: Record<Language, Intl.DateTimeFormat> = {
  en: new Intl.DateTimeFormat('en-PH', { dateStyle: 'long', timeZone: 'Asia/Manila' }),
  fil: new Intl.DateTimeFormat('fil-PH', { dateStyle: 'long', timeZone: 'Asia/Manila' }),
}

/** Plain text in the person's language; what wants a decision has its link. */
export function composeReport(
  language: Language,
  { name, day, figures, baseUrl }: Facts,
): { subject: string; text: string } {
  const say = words[language]
  const named = formats[language].format(boundsOf(day).from)
  const line = (label: string, count: number, page?: string) =>
    `${label}: ${count.toLocaleString('en')}${page && count > 0 ? `  ${baseUrl}${page}` : ''}`
  const lines = [
    line(say.communities, figures.communities),
    line(say.imports, figures.imports),
    line(say.importedRows, figures.importedRows),
    line(say.waitingAccounts, figures.waitingAccounts, '/approvals'),
    line(say.failedJobs, figures.failedJobs, '/system/jobs'),
  ]
  return {
    subject: say.subject(named),
    text: [`${say.greeting} ${name},`, say.lead(named), lines.join('\n'), 'OBCMS · OOBC'].join('\n\n'),
  }
}
