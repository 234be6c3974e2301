import { useCallback } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiError, OfflineError } from '#web/lib/api.ts'

/** Numbers differ from case to case, sentences do not: “Use at most 200 characters.” is kept as “Use at most # characters.” */
function translated(table: Record<string, string> | undefined, message: string): string {
  const numbers = message.match(/\d[\d,]*/g) ?? []
  const known = table?.[message.replace(/\d[\d,]*/g, '#')]
  if (!known) return message
  let next = 0
  return known.replace(/#/g, () => numbers[next++] ?? '#')
}

/** Says in the person's language why something failed, and what to do. */
export function useProblemWords(): (error: unknown) => string {
  const { t, i18n } = useTranslation('problems')
  return useCallback(
    (error) => {
      if (error instanceof OfflineError) return t('offline')
      if (!(error instanceof ApiError)) return t('codes.internal')
      const { code, detail } = error.problem
      if (i18n.language === 'en') return detail
      const table = i18n.getResource(i18n.language, 'problems', 'details') as Record<string, string> | undefined
      const known = translated(table, detail)
      return known === detail && i18n.exists(`codes.${code}`, { ns: 'problems' }) ? t(`codes.${code}`) : known
    },
    [t, i18n],
  )
}

/** Words for each field of a refused form, by the field's path. */
export function useFieldProblems(): (error: unknown) => Record<string, string> {
  const { i18n } = useTranslation('problems')
  return useCallback(
    (error) => {
      const fields = error instanceof ApiError ? (error.problem.fields ?? []) : []
      const table = i18n.getResource(i18n.language, 'problems', 'fields') as Record<string, string> | undefined
      return Object.fromEntries(fields.map((field) => [field.path, translated(table, field.message)]))
    },
    [i18n],
  )
}
