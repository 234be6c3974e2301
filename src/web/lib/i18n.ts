import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'

export const languages = { en: 'English', fil: 'Filipino' } as const
export type Language = keyof typeof languages

const storageKey = 'obcms.language'
const files = import.meta.glob<{ default: Record<string, unknown> }>('../locales/*/*.json')

const isLanguage = (text: unknown): text is Language => typeof text === 'string' && text in languages

function firstLanguage(): Language {
  const kept = localStorage.getItem(storageKey)
  if (isLanguage(kept)) return kept
  return navigator.languages.some((name) => /^(fil|tl)\b/i.test(name)) ? 'fil' : 'en'
}

/** Loads one file of words per language and area, when a page first needs it. */
const wordFiles = {
  type: 'backend' as const,
  init() {},
  read(language: string, area: string, done: (error: unknown, words: Record<string, unknown> | null) => void) {
    const load = files[`../locales/${language}/${area}.json`]
    if (!load) return done(new Error(`No words for ${language}/${area}`), null)
    load().then(
      (file) => done(null, file.default),
      (error) => done(error, null),
    )
  },
}

/** A file of words besides those of the shell. */
export type Area = 'account' | 'api' | 'files' | 'media' | 'people' | 'registry' | 'status' | 'system'

export const loadWords = (areas: Area[]): Promise<void> => i18next.loadNamespaces(areas)

export async function startI18n(): Promise<void> {
  const language = firstLanguage()
  document.documentElement.lang = language
  await i18next
    .use(wordFiles)
    .use(initReactI18next)
    .init({
      lng: language,
      fallbackLng: false,
      supportedLngs: Object.keys(languages),
      ns: ['shell'],
      defaultNS: 'shell',
      interpolation: { escapeValue: false },
    })
  // Needed when something fails, perhaps because the line is gone by then; nobody waits for it.
  void i18next.loadNamespaces('problems')
}

export const currentLanguage = (): Language => (isLanguage(i18next.language) ? i18next.language : 'en')

export async function switchLanguage(language: Language): Promise<void> {
  localStorage.setItem(storageKey, language)
  await i18next.changeLanguage(language)
  document.documentElement.lang = language
}
