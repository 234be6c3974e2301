import { useTranslation } from 'react-i18next'

/** A part that readiness looks at, in words; one that has none yet by its name. */
export function usePartWords(): (name: string) => string {
  const { t } = useTranslation('status')
  return (name) => t(`ready.name.${name}` as 'ready.name.database', { defaultValue: name })
}
