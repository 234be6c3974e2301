import { Alert, Button, CopyButton, Group, Stack, Text } from '@mantine/core'
import { IconAlertTriangle, IconCopy, IconDownload, IconPrinter } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import classes from './recovery-codes.module.css'

interface Props {
  codes: string[]
  account: string
  onDone: () => void
}

function download(text: string) {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/plain' }))
  link.download = 'obcms-recovery-codes.txt'
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 1000)
}

/** Shown once; nobody leaves by accident before keeping them. */
export function RecoveryCodes({ codes, account, onDone }: Props) {
  const { t } = useTranslation(['account', 'shell'])
  const [kept, setKept] = useState(false)
  const text = [`OBCMS – ${account}`, location.origin, '', ...codes, ''].join('\n')
  const keep = (act: () => void) => () => {
    act()
    setKept(true)
  }
  return (
    <Stack>
      <Alert color="gold" icon={<IconAlertTriangle aria-hidden />} title={t('account:recovery.title')}>
        {t('account:recovery.body')}
      </Alert>
      <Text className="print-only">
        OBCMS – {account} – {location.origin}
      </Text>
      <ol className={classes.codes}>
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ol>
      <Group gap="xs" className="no-print">
        <Button
          variant="default"
          leftSection={<IconDownload size={16} aria-hidden />}
          onClick={keep(() => download(text))}
        >
          {t('shell:action.download')}
        </Button>
        <Button variant="default" leftSection={<IconPrinter size={16} aria-hidden />} onClick={keep(() => print())}>
          {t('shell:action.print')}
        </Button>
        <CopyButton value={text}>
          {({ copied, copy }) => (
            <Button variant="default" leftSection={<IconCopy size={16} aria-hidden />} onClick={keep(copy)}>
              {t(copied ? 'shell:action.copied' : 'shell:action.copy')}
            </Button>
          )}
        </CopyButton>
      </Group>
      <Group justify="flex-end" className="no-print">
        <Button onClick={onDone} variant={kept ? 'filled' : 'default'}>
          {t(kept ? 'account:recovery.done' : 'account:recovery.doneUnkept')}
        </Button>
      </Group>
    </Stack>
  )
}
