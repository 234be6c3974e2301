import i18next from 'i18next'
import { useCallback } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiError, OfflineError } from '#web/lib/api.ts'

/**
 * What the server says, in the person's language; undefined when the sentence is not known. Numbers differ from case to
 * case, sentences do not: “Use at most 200 characters.” is kept as “Use at most # characters.”
 */
function translated(sentence: string): string | undefined {
  const known = i18next.getResource(i18next.language, 'problems', 'sentences') as Record<string, string> | undefined
  const figures = /\d[\d,]*/g
  const numbers = sentence.match(figures) ?? []
  let next = 0
  return known?.[sentence.replace(figures, '#')]?.replace(/#/g, () => numbers[next++] ?? '#')
}

/** Says in the person's language why something failed, and what to do. */
export function useProblemWords(): (error: unknown) => string {
  const { t, i18n } = useTranslation('problems', { useSuspense: false })
  return useCallback(
    (error) => {
      if (error instanceof OfflineError) return t('offline')
      if (!(error instanceof ApiError)) return t('codes.internal')
      const { code, detail } = error.problem
      if (i18n.language === 'en') return detail
      return translated(detail) ?? (i18n.exists(`codes.${code}`, { ns: 'problems' }) ? t(`codes.${code}`) : detail)
    },
    [t, i18n],
  )
}

/** Words for each field of a refused form, by the field's path. */
export function useFieldProblems(): (error: unknown) => Record<string, string> {
  // Called for its words to be there, and to be asked again after a switch of the language.
  const { t } = useTranslation('problems', { useSuspense: false })
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new `t` means a new language
  return useCallback(
    (error) => {
      const fields = error instanceof ApiError ? (error.problem.fields ?? []) : []
      return Object.fromEntries(fields.map((field) => [field.path, translated(field.message) ?? field.message]))
    },
    [t],
  )
}
