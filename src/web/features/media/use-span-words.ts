import { useTranslation } from 'react-i18next'

/** `12 min`: how long something takes, no more exactly than one can know. */
export function useSpanWords(): (seconds: number) => string {
  const { t } = useTranslation('media')
  return (seconds) => {
    if (seconds < 90) return t('span.seconds', { count: Math.max(1, Math.round(seconds)) })
    if (seconds < 90 * 60) return t('span.minutes', { count: Math.round(seconds / 60) })
    return t('span.hours', { count: Math.round(seconds / 3_600) })
  }
}
