import { useTranslation } from 'react-i18next'

const minute = 60
const hour = 3_600
const day = 86_400

/** `4 min`: the largest whole unit. */
export function useDurationWords(): (seconds: number) => string {
  const { t } = useTranslation('system')
  return (seconds) => {
    if (seconds < minute) return t('duration.seconds', { count: Math.max(0, Math.floor(seconds)) })
    if (seconds < hour) return t('duration.minutes', { count: Math.floor(seconds / minute) })
    if (seconds < day) return t('duration.hours', { count: Math.floor(seconds / hour) })
    return t('duration.days', { count: Math.floor(seconds / day) })
  }
}
