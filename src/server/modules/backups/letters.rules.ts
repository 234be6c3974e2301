import type { Language } from '#contract/accounts.options.ts'

interface Facts {
  name: string
  kind: 'made' | 'proved'
  problem: string
  /** Start of every link. */
  baseUrl: string
}

const words: Record<Language, { greeting: string; made: string; proved: string; why: string; next: string }> = {
  en: {
    greeting: 'Dear',
    made: 'The backup failed',
    proved: 'The backup could not be proved',
    why: 'What was found:',
    next: 'Until it is mended, what is entered from now on may be lost with this server. See the System page:',
  },
  fil: {
    greeting: 'Mahal na',
    made: 'Nabigo ang backup',
    proved: 'Hindi napatunayan ang backup',
    why: 'Ang natuklasan:',
    next: 'Hangga’t hindi ito naaayos, maaaring mawala kasama ng server na ito ang mga ilalagay mula ngayon. Tingnan ang pahina ng System:',
  },
}

export function composeAlarm(
  language: Language,
  { name, kind, problem, baseUrl }: Facts,
): { subject: string; text: string } {
  const say = words[language]
  return {
    subject: `OBCMS: ${say[kind]}`,
    text: [
      `${say.greeting} ${name},`,
      `${say[kind]}.`,
      `${say.why}\n${problem}`,
      `${say.next}\n${baseUrl}/system`,
      'OBCMS · OOBC',
    ].join('\n\n'),
  }
}
