import { type Role, roles } from '#contract/access.ts'
import type { Language } from '#contract/accounts.options.ts'
import type { LetterKind } from './identity.jobs.ts'

export interface LetterFacts {
  name: string
  role: string
  reason: string | null
  /** Where the letter leads; with a secret behind `#`, which browsers do not send to servers. */
  link: string
}

type Text = (facts: LetterFacts) => { subject: string; lines: string[] }

const roleName = (role: string): string => roles[role as Role]?.label ?? role

const english: Record<LetterKind, Text> = {
  registration_received: () => ({
    subject: 'Your request for an OBCMS account',
    lines: [
      'We have received your request for an account. It will be looked at by people; you will get a mail when it is decided.',
      'If you did not ask for it, you need not do anything.',
    ],
  }),
  registration_known: ({ link }) => ({
    subject: 'You already have an OBCMS account',
    lines: [
      'Somebody asked for an account with this e-mail address, which already has one. Nothing was changed.',
      `If it was you: sign in, or set a new password under “Forgot password”: ${link}`,
      'If it was not you, you need not do anything.',
    ],
  }),
  endorsement_needed: ({ link }) => ({
    subject: 'An account of your office waits for your endorsement',
    lines: [
      'Somebody asked for an account of your ministry, office or agency. Endorse it if you know the person:',
      link,
    ],
  }),
  account_approved: ({ role, link }) => ({
    subject: 'Your OBCMS account is ready',
    lines: [`Your account was approved. Your role: ${roleName(role)}.`, `Sign in: ${link}`],
  }),
  account_refused: ({ reason }) => ({
    subject: 'Your request for an OBCMS account was refused',
    lines: [
      'Your request for an account was refused for this reason:',
      reason ?? '',
      'If you think that this is wrong, write to OOBC.',
    ],
  }),
  invitation: ({ role, link }) => ({
    subject: 'Invitation to OBCMS',
    lines: [
      `You are invited to OBCMS, the system of the Office for Other Bangsamoro Communities. Your role: ${roleName(role)}.`,
      `Open this link within seven days and choose a password: ${link}`,
    ],
  }),
  password_reset: ({ link }) => ({
    subject: 'Set a new OBCMS password',
    lines: [
      'Somebody, we hope you, asked for a new password. This link is good once, for one hour:',
      link,
      'If it was not you, you need not do anything; your password stays as it is.',
    ],
  }),
  password_changed: ({ link }) => ({
    subject: 'Your OBCMS password was changed',
    lines: ['The password of your account was changed.', `If it was not you, set a new one at once: ${link}`],
  }),
  two_factor_on: () => ({
    subject: 'Two-factor sign-in is on',
    lines: ['Your account now asks for a code of your authenticator app. Keep the recovery codes in a safe place.'],
  }),
  two_factor_off: () => ({
    subject: 'Two-factor sign-in is off',
    lines: [
      'Your account no longer asks for a code of an authenticator app.',
      'If you did not want this, tell an administrator of OOBC at once.',
    ],
  }),
}

const filipino: Record<LetterKind, Text> = {
  registration_received: () => ({
    subject: 'Ang iyong kahilingan para sa OBCMS account',
    lines: [
      'Natanggap namin ang iyong kahilingan para sa account. Susuriin ito ng aming mga kawani; makatatanggap ka ng email kapag may pasya na.',
      'Kung hindi ikaw ang humiling nito, wala kang kailangang gawin.',
    ],
  }),
  registration_known: ({ link }) => ({
    subject: 'May OBCMS account ka na',
    lines: [
      'May humiling ng account gamit ang email address na ito, na mayroon nang account. Walang nabago.',
      `Kung ikaw ito: mag-sign in, o gumawa ng bagong password sa “Nakalimutan ang password”: ${link}`,
      'Kung hindi ikaw, wala kang kailangang gawin.',
    ],
  }),
  endorsement_needed: ({ link }) => ({
    subject: 'May account ng inyong tanggapan na naghihintay ng iyong endorso',
    lines: [
      'May humiling ng account para sa inyong ministri, tanggapan o ahensiya. I-endorso ito kung kilala mo ang tao:',
      link,
    ],
  }),
  account_approved: ({ role, link }) => ({
    subject: 'Handa na ang iyong OBCMS account',
    lines: [`Inaprubahan ang iyong account. Ang iyong tungkulin: ${roleName(role)}.`, `Mag-sign in: ${link}`],
  }),
  account_refused: ({ reason }) => ({
    subject: 'Hindi inaprubahan ang iyong kahilingan para sa OBCMS account',
    lines: [
      'Hindi inaprubahan ang iyong kahilingan sa dahilang ito:',
      reason ?? '',
      'Kung sa tingin mo ay mali ito, sumulat sa OOBC.',
    ],
  }),
  invitation: ({ role, link }) => ({
    subject: 'Imbitasyon sa OBCMS',
    lines: [
      `Iniimbitahan ka sa OBCMS, ang sistema ng Office for Other Bangsamoro Communities. Ang iyong tungkulin: ${roleName(role)}.`,
      `Buksan ang link na ito sa loob ng pitong araw at pumili ng password: ${link}`,
    ],
  }),
  password_reset: ({ link }) => ({
    subject: 'Gumawa ng bagong password sa OBCMS',
    lines: [
      'May humiling, sana ay ikaw, ng bagong password. Isang beses lang magagamit ang link na ito, sa loob ng isang oras:',
      link,
      'Kung hindi ikaw, wala kang kailangang gawin; mananatili ang iyong password.',
    ],
  }),
  password_changed: ({ link }) => ({
    subject: 'Napalitan ang iyong password sa OBCMS',
    lines: ['Napalitan ang password ng iyong account.', `Kung hindi ikaw ang nagpalit, gumawa agad ng bago: ${link}`],
  }),
  two_factor_on: () => ({
    subject: 'Bukas na ang two-factor sign-in',
    lines: [
      'Hihingi na ang iyong account ng code mula sa authenticator app. Itago ang mga recovery code sa ligtas na lugar.',
    ],
  }),
  two_factor_off: () => ({
    subject: 'Sarado na ang two-factor sign-in',
    lines: [
      'Hindi na hihingi ang iyong account ng code mula sa authenticator app.',
      'Kung hindi mo ito ginusto, sabihin agad sa administrator ng OOBC.',
    ],
  }),
}

const texts: Record<Language, Record<LetterKind, Text>> = { en: english, fil: filipino }
const greetings: Record<Language, string> = { en: 'Dear', fil: 'Mahal na' }

/** Plain text in the person's language. */
export function composeLetter(
  kind: LetterKind,
  language: Language,
  facts: LetterFacts,
): { subject: string; text: string } {
  const { subject, lines } = texts[language][kind](facts)
  return { subject, text: [`${greetings[language]} ${facts.name},`, ...lines, 'OBCMS · OOBC'].join('\n\n') }
}
