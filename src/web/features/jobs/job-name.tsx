import { Text } from '@mantine/core'
import i18next from 'i18next'
import { useTranslation } from 'react-i18next'

/** What a job does in words; one that this release has no words for by its name. */
export function useJobWords(): (job: string) => string {
  const { t } = useTranslation('system')
  return (job) => (i18next.exists(`system:kind.${job}`) ? t(`kind.${job}` as 'kind.identity.clean-up') : job)
}

/** With the name that logs and commands use. */
export function JobName({ job }: { job: string }) {
  const words = useJobWords()(job)
  return (
    <div>
      {words}
      {words !== job && (
        <Text size="xs" c="dimmed" fw={400} component="div">
          {job}
        </Text>
      )}
    </div>
  )
}
