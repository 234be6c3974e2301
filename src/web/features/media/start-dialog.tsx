import { NumberInput, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { assumedBytesPerSecond, fastestMove, guessSeconds, slowestMove } from '#contract/media.options.ts'
import type { MediaView } from '#contract/media.ts'
import { ConfirmDialog } from '#web/ui/confirm-dialog.tsx'
import { Facts } from '#web/ui/facts.tsx'
import { formatBytes, formatNumber } from '#web/ui/formats.ts'
import { notify } from '#web/ui/notices.tsx'
import { type Store, startMove } from './media.queries.ts'
import { useSpanWords } from './use-span-words.ts'

interface Props {
  media: MediaView
  /** Null: closed. */
  target: Store | null
  onClose: () => void
}

const megabyte = 1_000_000

/** What the move would do, before it begins. */
export function StartDialog({ media, target, onClose }: Props) {
  const { t } = useTranslation('media')
  const spanWords = useSpanWords()
  const [limit, setLimit] = useState<number | ''>('')
  const store = media.stores.find(({ name }) => name === (target ?? 's3'))
  if (!store) return null
  const isWrong = limit !== '' && !(Number.isInteger(limit) && limit >= slowestMove && limit <= fastestMove)
  const speed = Math.min(limit === '' || isWrong ? assumedBytesPerSecond : limit * megabyte, assumedBytesPerSecond)
  const amount = (objects: number, bytes: number) =>
    t('store.objects', { objects: formatNumber(objects), size: formatBytes(bytes) })
  return (
    <ConfirmDialog
      opened={target !== null}
      onClose={onClose}
      title={t(`dialog.title_${store.name}`)}
      confirmLabel={t('dialog.confirm')}
      onConfirm={async () => {
        if (isWrong) throw new Error(t('dialog.limitWrong'))
        await startMove(store.name, limit === '' ? undefined : limit)
        notify(t('said.started'))
      }}
    >
      <Stack gap="md">
        <Facts
          items={[
            { label: t('dialog.toCopy'), value: amount(store.missing.objects, store.missing.bytes) },
            { label: t('dialog.toVerify'), value: amount(media.kept.objects, media.kept.bytes) },
            {
              label: t('dialog.time'),
              value: t('dialog.timeAt', {
                span: spanWords(guessSeconds(store.missing, media.kept, speed)),
                size: formatBytes(speed),
              }),
            },
            {
              label: t('dialog.room'),
              value: store.room ? formatBytes(store.room.freeBytes) : t('store.noEnd'),
            },
          ]}
        />
        <NumberInput
          label={t('dialog.limit')}
          description={t('dialog.limitHint')}
          value={limit}
          onChange={(value) => setLimit(value === '' ? '' : Number(value))}
          allowDecimal={false}
          allowNegative={false}
          error={isWrong && t('dialog.limitWrong')}
        />
        <Text size="sm">{t('dialog.body')}</Text>
      </Stack>
    </ConfirmDialog>
  )
}
