import { Button, Group } from '@mantine/core'
import { IconPencil } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { paths } from '#web/lib/paths.ts'
import { AppLink } from '#web/ui/app-link.tsx'
import { Facts } from '#web/ui/facts.tsx'
import { formatBytes, formatMoment, formatNumber } from '#web/ui/formats.ts'
import { Panel } from '#web/ui/panel.tsx'
import { EditFileDialog } from './edit-file-dialog.tsx'
import { ConfidentialityBadge } from './file-marks.tsx'
import { kindOf, useFileWords } from './file-words.ts'
import type { FileView } from './files.queries.ts'

export function FileFacts({ file }: { file: FileView }) {
  const { t } = useTranslation('files')
  const words = useFileWords()
  const [editing, setEditing] = useState(false)
  const kind = kindOf(file.mediaType)
  return (
    <Panel
      title={t('facts.title')}
      actions={
        file.can.edit &&
        !file.archived && (
          <Button
            variant="default"
            size="compact-sm"
            leftSection={<IconPencil size={14} aria-hidden />}
            onClick={() => setEditing(true)}
          >
            {t('facts.edit')}
          </Button>
        )
      }
    >
      <Facts
        items={[
          { label: t('field.type'), value: words.type(file.type) },
          { label: t('field.confidentiality'), value: <ConfidentialityBadge value={file.confidentiality} /> },
          {
            label: t('field.tags'),
            value:
              file.tags.length > 0 ? (
                <Group gap={6}>
                  {file.tags.map((tag) => (
                    <AppLink key={tag} href={paths.files({ tag })} inherit>
                      #{tag}
                    </AppLink>
                  ))}
                </Group>
              ) : null,
          },
          { label: t('field.kind'), value: kind ? t(`kind.${kind}`) : file.mediaType },
          {
            label: t('field.size'),
            value: t('facts.bytes', { size: formatBytes(file.bytes), bytes: formatNumber(file.bytes) }),
          },
          ...(file.width && file.height
            ? [
                {
                  label: t('field.pixels'),
                  value: `${formatNumber(file.width)} × ${formatNumber(file.height)}`,
                },
              ]
            : []),
          ...(file.pages ? [{ label: t('field.pages'), value: formatNumber(file.pages) }] : []),
          { label: t('field.search'), value: t(`facts.text.${file.text}`) },
          {
            label: t('field.createdAt'),
            value: [formatMoment(file.createdAt), file.createdBy?.name].filter(Boolean).join(' · '),
          },
          { label: t('field.updatedAt'), value: formatMoment(file.updatedAt) },
          { label: t('field.sha256'), value: <code className="tabular">{file.sha256}</code> },
        ]}
      />
      {editing && <EditFileDialog file={file} onClose={() => setEditing(false)} />}
    </Panel>
  )
}
