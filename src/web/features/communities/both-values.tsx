import { Alert, Button, Fieldset, Group, Radio, SimpleGrid, Stack, Text } from '@mantine/core'
import { IconArrowsSplit2 } from '@tabler/icons-react'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { FormProblem } from '#web/ui/field-problems.tsx'
import { formatMoment } from '#web/ui/formats.ts'
import { Panel } from '#web/ui/panel.tsx'
import classes from './both-values.module.css'
import type { CommunityView } from './communities.queries.ts'
import { DraftValue } from './draft-value.tsx'
import { type Collision, type CommunityDraft, type DraftField, type Merge, resolve } from './form-values.ts'
import { useDraftWords } from './form-words.ts'

type Side = 'mine' | 'theirs'

interface Props {
  outcome: Merge
  current: CommunityView
  error: unknown
  onSave: (resolved: CommunityDraft) => Promise<void>
  onBack: (resolved: CommunityDraft) => void
}

/** Both changed the same field: both values side by side, and nothing is overwritten unseen. */
export function BothValues({ outcome, current, error, onSave, onBack }: Props) {
  const { t } = useTranslation('registry')
  const { label } = useDraftWords()
  const [choices, setChoices] = useState<Partial<Record<Collision['field'], Side>>>({})
  const [busy, setBusy] = useState(false)
  const top = useRef<HTMLDivElement>(null)
  useEffect(() => top.current?.focus(), [])
  const open = outcome.collisions.filter(({ field }) => !choices[field]).length
  const by = current.updatedBy ?? t('history.system')
  const names = (fields: readonly DraftField[]) => [
    ...new Set(fields.map((field) => label(field === 'latitude' || field === 'longitude' ? 'position' : field))),
  ]

  async function save() {
    setBusy(true)
    try {
      await onSave(resolve(outcome, choices))
    } finally {
      setBusy(false)
    }
  }

  return (
    <Stack gap="md">
      <Alert
        ref={top}
        tabIndex={-1}
        role="alert"
        color="gold"
        icon={<IconArrowsSplit2 aria-hidden />}
        title={t('both.title')}
      >
        {t('both.body', { by, moment: formatMoment(current.updatedAt), count: outcome.collisions.length })}
      </Alert>
      <FormProblem error={error} />
      <Panel title={t('both.choose')} sub={t('both.chooseHelp')}>
        <Stack gap="md" mt="xs">
          {outcome.collisions.map(({ field, mine, theirs }) => (
            <Fieldset
              key={field}
              variant="unstyled"
              legend={<Text fw={600}>{label(field)}</Text>}
              className={classes.field}
            >
              <SimpleGrid cols={{ base: 1, sm: 2 }} mt={8}>
                {(['mine', 'theirs'] as const).map((side) => (
                  <label
                    key={side}
                    htmlFor={`both-${field}-${side}`}
                    className={classes.choice}
                    data-checked={choices[field] === side || undefined}
                  >
                    <Group gap={8} mb={6}>
                      <Radio
                        id={`both-${field}-${side}`}
                        name={`both-${field}`}
                        checked={choices[field] === side}
                        onChange={() => setChoices((before) => ({ ...before, [field]: side }))}
                        aria-label={`${label(field)}: ${side === 'mine' ? t('both.mine') : t('both.theirs', { by })}`}
                      />
                      <Text size="sm" c="dimmed">
                        {side === 'mine' ? t('both.mine') : t('both.theirs', { by })}
                      </Text>
                    </Group>
                    <Text className={classes.value} fw={550}>
                      <DraftValue field={field} draft={side === 'mine' ? mine : theirs} />
                    </Text>
                  </label>
                ))}
              </SimpleGrid>
            </Fieldset>
          ))}
        </Stack>
      </Panel>
      {outcome.mineOnly.length > 0 && (
        <Text size="sm" c="dimmed">
          {t('both.mineKept', { fields: names(outcome.mineOnly).join(', ') })}
        </Text>
      )}
      {outcome.theirsOnly.length > 0 && (
        <Text size="sm" c="dimmed">
          {t('both.theirsKept', { by, fields: names(outcome.theirsOnly).join(', ') })}
        </Text>
      )}
      <Group justify="flex-end" gap="xs">
        <Text size="sm" c="dimmed" role="status" mr="auto">
          {open > 0 ? t('both.open', { count: open }) : t('both.ready')}
        </Text>
        <Button variant="default" onClick={() => onBack(resolve(outcome, { ...everyMine(outcome), ...choices }))}>
          {t('both.back')}
        </Button>
        <Button onClick={() => void save()} disabled={open > 0} loading={busy}>
          {t('both.save')}
        </Button>
      </Group>
    </Stack>
  )
}

const everyMine = (outcome: Merge): Partial<Record<Collision['field'], Side>> =>
  Object.fromEntries(outcome.collisions.map(({ field }) => [field, 'mine']))
