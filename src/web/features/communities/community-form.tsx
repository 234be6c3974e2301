import {
  Alert,
  Anchor,
  Button,
  Group,
  List,
  MultiSelect,
  Radio,
  Select,
  SimpleGrid,
  Stack,
  TagsInput,
  Text,
  Textarea,
  TextInput,
} from '@mantine/core'
import { type UseFormReturnType, useForm } from '@mantine/form'
import { IconAlertTriangle, IconCurrentLocation } from '@tabler/icons-react'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { communityStatuses } from '#contract/communities.options.ts'
import { FormProblem } from '#web/ui/field-problems.tsx'
import { FormSection } from '#web/ui/form-section.tsx'
import { manilaDay } from '#web/ui/formats.ts'
import { useFieldProblems } from '#web/ui/problem-words.ts'
import { errorColour } from '#web/ui/theme.ts'
import classes from './community-form.module.css'
import { useCommunityWords } from './community-words.ts'
import { type CommunityDraft, type DraftField, degreesOf, draftFields, numberOf, problemsOf } from './form-values.ts'

export interface PlaceSlot {
  id: string
  label: string
  value: string | null
  onChange: (code: string | null) => void
  onBlur: () => void
  error: ReactNode
  description: string
}

export interface PositionSlot {
  position: { latitude: number; longitude: number } | null
  accuracyMetres: number | null
  title: string
  onPick: (position: { latitude: number; longitude: number }) => void
}

/** Parts of other features; the page brings them. */
export interface FormSlots {
  placePicker: (slot: PlaceSlot) => ReactNode
  positionMap: (slot: PositionSlot) => ReactNode
}

interface Props extends FormSlots {
  initial: CommunityDraft
  submitLabel: string
  onSubmit: (draft: CommunityDraft) => Promise<void>
  onChange: (draft: CommunityDraft) => void
  error: unknown
  /** Says in words what becomes of unfinished work. */
  note: ReactNode
  cancel: ReactNode
}

type Form = UseFormReturnType<CommunityDraft>

/** Rough frame of the country; a position outside is nearly always two numbers swapped. */
const country = { south: 4, north: 21.5, west: 116, east: 127.5 } as const

export const fieldId = (field: DraftField): string => `community-${field}`

export function CommunityForm({ initial, submitLabel, onSubmit, onChange, error, note, cancel, ...slots }: Props) {
  const { t } = useTranslation('registry')
  const serverProblems = useFieldProblems()
  const [busy, setBusy] = useState(false)
  const [tries, setTries] = useState(0)
  const summary = useRef<HTMLDivElement>(null)
  const form = useForm<CommunityDraft>({
    initialValues: initial,
    validateInputOnBlur: true,
    clearInputErrorOnChange: true,
    validate: (draft) =>
      Object.fromEntries(
        Object.entries(problemsOf(draft, manilaDay(new Date().toISOString()))).map(([field, problem]) => [
          field,
          t(`formProblem.${problem}`),
        ]),
      ),
    onValuesChange: onChange,
  })

  // biome-ignore lint/correctness/useExhaustiveDependencies: only a new refusal of the server sets its problems
  useEffect(() => {
    if (error) form.setErrors(serverProblems(error))
  }, [error])
  useEffect(() => {
    if (tries > 0) summary.current?.focus()
  }, [tries])

  const wrong = draftFields.filter((field) => form.errors[field])

  async function submit() {
    if (form.validate().hasErrors) return setTries((before) => before + 1)
    setBusy(true)
    try {
      await onSubmit(form.getValues())
    } finally {
      setBusy(false)
    }
  }

  return (
    <form
      noValidate
      aria-label={submitLabel}
      onSubmit={(event) => {
        event.preventDefault()
        void submit()
      }}
    >
      <Stack gap="sm">
        <FormProblem error={error} shown={draftFields} />
        {tries > 0 && wrong.length > 0 && (
          <Alert
            ref={summary}
            tabIndex={-1}
            role="alert"
            color="red"
            icon={<IconAlertTriangle aria-hidden />}
            title={t('form.problems', { count: wrong.length })}
          >
            <List size="sm">
              {wrong.map((field) => (
                <List.Item key={field}>
                  <Anchor
                    href={`#${fieldId(field)}`}
                    size="sm"
                    underline="always"
                    onClick={(event) => {
                      event.preventDefault()
                      document.getElementById(fieldId(field))?.focus()
                    }}
                  >
                    {t(`field.${field}`)}
                  </Anchor>
                  : {form.errors[field]}
                </List.Item>
              ))}
            </List>
          </Alert>
        )}
      </Stack>
      <IdentificationSection form={form} placePicker={slots.placePicker} />
      <StatusSection form={form} />
      <PeopleSection form={form} />
      <GroupsSection form={form} />
      <PositionSection form={form} positionMap={slots.positionMap} />
      <FormSection title={t('chapter.notes')} description={t('form.notesAbout')}>
        <Textarea
          id={fieldId('notes')}
          label={t('field.notes')}
          autosize
          minRows={4}
          maxRows={16}
          {...form.getInputProps('notes')}
        />
      </FormSection>
      <div className={classes.footer}>
        <Text size="sm" c="dimmed" component="div" className={classes.note}>
          {note}
        </Text>
        <Group gap="xs" wrap="nowrap">
          {cancel}
          <Button type="submit" loading={busy}>
            {submitLabel}
          </Button>
        </Group>
      </div>
    </form>
  )
}

function IdentificationSection({ form, placePicker }: { form: Form } & Pick<FormSlots, 'placePicker'>) {
  const { t } = useTranslation('registry')
  const words = useCommunityWords()
  const place = form.getInputProps('barangayCode')
  return (
    <FormSection title={t('chapter.identification')} description={t('form.identificationAbout')}>
      <TextInput
        id={fieldId('name')}
        label={t('field.name')}
        description={t('help.name')}
        required
        maxLength={200}
        {...form.getInputProps('name')}
      />
      <TagsInput
        id={fieldId('aliases')}
        label={t('field.aliases')}
        description={t('help.aliases')}
        splitChars={[';']}
        maxTags={20}
        acceptValueOnBlur
        {...form.getInputProps('aliases')}
      />
      {placePicker({
        id: fieldId('barangayCode'),
        label: t('field.barangayCode'),
        description: t('help.barangayCode'),
        value: form.values.barangayCode || null,
        onChange: (code) => form.setFieldValue('barangayCode', code ?? ''),
        onBlur: () => {},
        error: place.error,
      })}
      <TextInput
        id={fieldId('sitio')}
        label={t('field.sitio')}
        description={t('help.sitio')}
        maxLength={200}
        {...form.getInputProps('sitio')}
      />
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <Select
          id={fieldId('settlementType')}
          label={t('field.settlementType')}
          placeholder={t('form.notKnown')}
          data={words.settlementOptions}
          clearable
          {...form.getInputProps('settlementType')}
          value={form.values.settlementType || null}
          onChange={(value) => form.setFieldValue('settlementType', value ?? '')}
        />
        <Select
          id={fieldId('proximity')}
          label={t('field.proximity')}
          placeholder={t('form.notKnown')}
          data={words.proximityOptions}
          clearable
          {...form.getInputProps('proximity')}
          value={form.values.proximity || null}
          onChange={(value) => form.setFieldValue('proximity', value ?? '')}
        />
      </SimpleGrid>
    </FormSection>
  )
}

function StatusSection({ form }: { form: Form }) {
  const { t } = useTranslation('registry')
  const words = useCommunityWords()
  return (
    <FormSection title={t('chapter.status')} description={t('form.statusAbout')}>
      <Radio.Group
        label={t('field.status')}
        required
        {...form.getInputProps('status')}
        onChange={(value) => form.setFieldValue('status', value as CommunityDraft['status'])}
      >
        <Stack gap={8} mt={6}>
          {communityStatuses.map((status, index) => (
            <Radio
              key={status}
              id={index === 0 ? fieldId('status') : undefined}
              value={status}
              label={words.status(status)}
              description={t(`help.status_${status}`)}
            />
          ))}
        </Stack>
      </Radio.Group>
      <TextInput
        id={fieldId('statusSource')}
        label={t('field.statusSource')}
        description={t('help.statusSource')}
        required
        maxLength={300}
        {...form.getInputProps('statusSource')}
      />
      <TextInput
        id={fieldId('statusDate')}
        type="date"
        label={t('field.statusDate')}
        description={t('help.statusDate')}
        required
        max={manilaDay(new Date().toISOString())}
        maw={320}
        {...form.getInputProps('statusDate')}
      />
    </FormSection>
  )
}

function PeopleSection({ form }: { form: Form }) {
  const { t } = useTranslation('registry')
  const population = numberOf(form.values.population)
  const above = (['households', 'families'] as const).filter((field) => {
    const count = numberOf(form.values[field])
    return population !== null && count !== null && count > population
  })
  return (
    <FormSection title={t('chapter.people')} description={t('form.peopleAbout')}>
      <SimpleGrid cols={{ base: 1, sm: 3 }}>
        {(['population', 'households', 'families'] as const).map((field) => (
          <TextInput
            key={field}
            id={fieldId(field)}
            label={t(`field.${field}`)}
            description={t(`help.${field}`)}
            inputWrapperOrder={['label', 'input', 'error', 'description']}
            inputMode="numeric"
            rightSection={
              <Text size="xs" c="dimmed" pr="sm">
                {t(`unit.${field}`)}
              </Text>
            }
            rightSectionWidth="auto"
            rightSectionPointerEvents="none"
            {...form.getInputProps(field)}
          />
        ))}
      </SimpleGrid>
      {above.length > 0 && (
        <Alert color="gold" variant="light" icon={<IconAlertTriangle aria-hidden />} role="status">
          {above.map((field) => t(`warning.${field}_above_population`)).join(' ')}
        </Alert>
      )}
    </FormSection>
  )
}

function GroupsSection({ form }: { form: Form }) {
  const { t } = useTranslation('registry')
  const words = useCommunityWords()
  return (
    <FormSection title={t('chapter.groups')} description={t('form.groupsAbout')}>
      <Select
        id={fieldId('primaryGroup')}
        label={t('field.primaryGroup')}
        placeholder={t('form.notKnown')}
        data={words.groupOptions}
        searchable
        clearable
        {...form.getInputProps('primaryGroup')}
        value={form.values.primaryGroup || null}
        onChange={(value) => {
          form.setFieldValue('primaryGroup', value ?? '')
          form.setFieldValue(
            'otherGroups',
            form.values.otherGroups.filter((group) => group !== value),
          )
        }}
      />
      <MultiSelect
        id={fieldId('otherGroups')}
        label={t('field.otherGroups')}
        description={t('help.otherGroups')}
        data={words.groupOptions.filter(({ value }) => value !== form.values.primaryGroup)}
        searchable
        clearable
        {...form.getInputProps('otherGroups')}
      />
    </FormSection>
  )
}

function PositionSection({ form, positionMap }: { form: Form } & Pick<FormSlots, 'positionMap'>) {
  const { t } = useTranslation('registry')
  const [finding, setFinding] = useState<'asking' | 'refused' | 'failed'>()
  const latitude = degreesOf(form.values.latitude)
  const longitude = degreesOf(form.values.longitude)
  const position =
    latitude !== null && longitude !== null && Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180
      ? { latitude, longitude }
      : null
  const abroad =
    latitude !== null &&
    longitude !== null &&
    (latitude < country.south || latitude > country.north || longitude < country.west || longitude > country.east)
  const accuracy = numberOf(form.values.accuracyMetres)

  const set = (at: { latitude: number; longitude: number }, accuracyMetres?: number) =>
    form.setValues({
      latitude: String(at.latitude),
      longitude: String(at.longitude),
      accuracyMetres: accuracyMetres === undefined ? '' : String(Math.min(100_000, Math.ceil(accuracyMetres))),
    })

  function findMe() {
    setFinding('asking')
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        setFinding(undefined)
        set(
          { latitude: Math.round(coords.latitude * 1e6) / 1e6, longitude: Math.round(coords.longitude * 1e6) / 1e6 },
          coords.accuracy,
        )
      },
      (failure) => setFinding(failure.code === failure.PERMISSION_DENIED ? 'refused' : 'failed'),
      { enableHighAccuracy: true, timeout: 20_000, maximumAge: 0 },
    )
  }

  return (
    <FormSection title={t('chapter.position')} description={t('form.positionAbout')}>
      <div className={classes.map}>
        {positionMap({
          position,
          accuracyMetres: accuracy === null || Number.isNaN(accuracy) ? null : accuracy,
          title: t('form.pickOnMap'),
          onPick: (at) => set(at),
        })}
      </div>
      <Group gap="xs">
        {window.isSecureContext && 'geolocation' in navigator && (
          <Button
            variant="default"
            leftSection={<IconCurrentLocation size={16} aria-hidden />}
            loading={finding === 'asking'}
            onClick={findMe}
          >
            {t('form.useMyPosition')}
          </Button>
        )}
        {(form.values.latitude || form.values.longitude) && (
          <Button
            variant="subtle"
            color="gray"
            onClick={() => form.setValues({ latitude: '', longitude: '', accuracyMetres: '' })}
          >
            {t('form.clearPosition')}
          </Button>
        )}
        <Text size="sm" c={finding === 'refused' || finding === 'failed' ? errorColour : 'dimmed'} role="status">
          {finding === 'refused' && t('form.positionRefused')}
          {finding === 'failed' && t('form.positionFailed')}
        </Text>
      </Group>
      <SimpleGrid cols={{ base: 1, sm: 3 }}>
        {(['latitude', 'longitude', 'accuracyMetres'] as const).map((field) => (
          <TextInput
            key={field}
            id={fieldId(field)}
            label={t(`field.${field}`)}
            description={t(`help.${field}`)}
            inputWrapperOrder={['label', 'input', 'error', 'description']}
            inputMode="decimal"
            rightSection={
              <Text size="xs" c="dimmed" pr="sm">
                {t(`unit.${field}`)}
              </Text>
            }
            rightSectionWidth="auto"
            rightSectionPointerEvents="none"
            {...form.getInputProps(field)}
          />
        ))}
      </SimpleGrid>
      {abroad && (
        <Alert color="gold" variant="light" icon={<IconAlertTriangle aria-hidden />} role="status">
          <Group justify="space-between" gap="xs">
            {t('warning.outside_country')}
            <Button
              size="compact-sm"
              variant="default"
              onClick={() => form.setValues({ latitude: form.values.longitude, longitude: form.values.latitude })}
            >
              {t('form.swap')}
            </Button>
          </Group>
        </Alert>
      )}
    </FormSection>
  )
}
