import { Badge, Group } from '@mantine/core'
import { IconLock, IconLockOpen, IconUsersGroup } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { type Confidentiality, useFileWords } from './file-words.ts'
import type { FileSummary } from './files.queries.ts'

const colours = { public: 'green', internal: 'gray', restricted: 'gold' } as const
const icons = { public: IconLockOpen, internal: IconUsersGroup, restricted: IconLock } as const

export function ConfidentialityBadge({ value, size = 'md' }: { value: Confidentiality; size?: 'md' | 'lg' }) {
  const words = useFileWords()
  const Icon = icons[value]
  return (
    <Badge variant="light" color={colours[value]} size={size} leftSection={<Icon size={12} aria-hidden />} autoContrast>
      {words.confidentiality(value)}
    </Badge>
  )
}

/** What keeps a file from being used, in one word; nothing when all is well. */
export function FileMarks({ file }: { file: Pick<FileSummary, 'archived' | 'scan'> }) {
  const { t } = useTranslation('files')
  if (!file.archived && file.scan !== 'infected' && file.scan !== 'unscanned') return null
  return (
    <Group gap={4} component="span">
      {file.scan === 'infected' && (
        <Badge color="red" variant="light">
          {t('mark.infected')}
        </Badge>
      )}
      {file.scan === 'unscanned' && (
        <Badge color="gold" variant="light">
          {t('mark.unscanned')}
        </Badge>
      )}
      {file.archived && (
        <Badge color="gray" variant="outline">
          {t('mark.archived')}
        </Badge>
      )}
    </Group>
  )
}
