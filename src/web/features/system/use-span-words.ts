import { useTranslation } from 'react-i18next'

const minute = 60
const hour = 3_600
const day = 86_400

/** `3 days`: how long something has been so, in its largest whole unit. */
export function useSpanWords(): (from: string, to: string) => string {
  const { t } = useTranslation('status')
  return (from, to) => {
    const seconds = Math.max(0, (Date.parse(to) - Date.parse(from)) / 1_000)
    if (seconds < minute) return t('span.seconds', { count: Math.floor(seconds) })
    if (seconds < hour) return t('span.minutes', { count: Math.floor(seconds / minute) })
    if (seconds < 2 * day) return t('span.hours', { count: Math.floor(seconds / hour) })
    return t('span.days', { count: Math.floor(seconds / day) })
  }
}
