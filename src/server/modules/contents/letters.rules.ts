import type { Language } from '#contract/accounts.options.ts'

export interface InfectedFile {
  id: string
  name: string
  /** Who added it. */
  addedBy: string | null
}

interface Words {
  subject: string
  greeting: string
  lead(finding: string): string
  file(name: string, addedBy: string | null): string
  after: string
}

const words: Record<Language, Words> = {
  en: {
    subject: 'A file with a virus came into OBCMS',
    greeting: 'Dear',
    lead: (finding) => `The virus scanner found ${finding} in a file. Nobody can open it.`,
    file: (name, addedBy) => (addedBy ? `${name}, added by ${addedBy}` : name),
    after: 'Ask who added it where it comes from, have that device looked at, and archive the file.',
  },
  fil: {
    subject: 'May file na may virus na pumasok sa OBCMS',
    greeting: 'Mahal na',
    lead: (finding) => `Nakita ng virus scanner ang ${finding} sa isang file. Walang makapagbubukas nito.`,
    file: (name, addedBy) => (addedBy ? `${name}, idinagdag ni ${addedBy}` : name),
    after: 'Itanong sa nagdagdag kung saan ito galing, ipasuri ang device na iyon, at i-archive ang file.',
  },
}

/** Plain text in the person's language. */
export function composeInfected(
  language: Language,
  facts: { name: string; finding: string; files: InfectedFile[]; baseUrl: string },
): { subject: string; text: string } {
  const say = words[language]
  const lines = facts.files.map(({ id, name, addedBy }) => `${say.file(name, addedBy)}  ${facts.baseUrl}/files/${id}`)
  return {
    subject: say.subject,
    text: [`${say.greeting} ${facts.name},`, say.lead(facts.finding), ...lines, say.after, 'OBCMS · OOBC'].join('\n\n'),
  }
}
