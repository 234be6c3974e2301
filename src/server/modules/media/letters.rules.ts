import type { Language } from '#contract/accounts.options.ts'

interface Words {
  subject: string
  greeting: string
  lead(damaged: number): string
  mended(count: number): string
  lost(count: number): string
  more: string
}

const words: Record<Language, Words> = {
  en: {
    subject: 'Damaged files in OBCMS',
    greeting: 'Dear',
    lead: (damaged) =>
      `When files were read again, ${damaged} ${damaged === 1 ? 'copy was' : 'copies were'} damaged or missing.`,
    mended: (count) => `Mended from a sound copy: ${count}`,
    lost: (count) => `Without a sound copy, to be brought back from a backup: ${count}`,
    more: 'Which files they are:',
  },
  fil: {
    subject: 'Mga sirang file sa OBCMS',
    greeting: 'Mahal na',
    lead: (damaged) => `Nang basahing muli ang mga file, may ${damaged} kopyang sira o nawawala.`,
    mended: (count) => `Naayos mula sa maayos na kopya: ${count}`,
    lost: (count) => `Walang maayos na kopya, kailangang ibalik mula sa backup: ${count}`,
    more: 'Kung aling mga file ang mga ito:',
  },
}

interface Facts {
  name: string
  damaged: number
  mended: number
  /** Start of every link. */
  baseUrl: string
}

export function composeDamageLetter(
  language: Language,
  { name, damaged, mended, baseUrl }: Facts,
): { subject: string; text: string } {
  const say = words[language]
  const lines = [say.mended(mended), say.lost(damaged - mended)]
  return {
    subject: say.subject,
    text: [
      `${say.greeting} ${name},`,
      say.lead(damaged),
      lines.join('\n'),
      `${say.more} ${baseUrl}/system/files`,
      'OBCMS · OOBC',
    ].join('\n\n'),
  }
}
