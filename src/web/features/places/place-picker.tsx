import {
  Button,
  CloseButton,
  Combobox,
  Group,
  InputBase,
  type InputBaseProps,
  Loader,
  Text,
  useCombobox,
  VisuallyHidden,
} from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconArrowLeft, IconChevronRight, IconMapPin, IconSelector } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useEffect, useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { PlaceKind, PlaceLevel } from '#contract/places.options.ts'
import classes from './place-picker.module.css'
import { pathText, useKindWords, wholeName } from './place-words.ts'
import { placeByCode, placeChildren, placeSearch, shortestPlaceSearch } from './places.queries.ts'

export interface PlacePickerProps {
  label: string
  value: string | null
  onChange: (code: string | null) => void
  description?: ReactNode
  error?: ReactNode
  required?: boolean
  disabled?: boolean
  /** Only places of this level can be chosen; the others are steps on the way. */
  level?: PlaceLevel
  /** `false` leaves out places that are in BARMM today. */
  barmm?: false
  /** In a row of filters the path of the chosen place is a tooltip. */
  compact?: boolean
  width?: InputBaseProps['w']
  placeholder?: string
  id?: string
  onBlur?: () => void
}

interface Step {
  code: string
  name: string
}

interface Row {
  code: string
  name: string
  level: PlaceLevel
  kind: PlaceKind
  path?: string
  hasChildren: boolean
}

const debounceMs = 180
const mostRows = 20
const back = 'back'
/** Pixels that the open list needs to be read without scrolling the page. */
const roomBelow = 380

/** Type to search, or step down from the regions. Loads what is shown and never the whole tree. */
export function PlacePicker({
  label,
  value,
  onChange,
  description,
  error,
  required,
  disabled,
  level,
  barmm,
  compact,
  width,
  placeholder,
  id: givenId,
  onBlur,
}: PlacePickerProps) {
  const { t } = useTranslation('registry')
  const kindWords = useKindWords()
  const ownId = useId()
  const id = givenId ?? ownId
  const [typed, setTyped] = useState<string | null>(null)
  const [steps, setSteps] = useState<Step[]>([])
  const combobox = useCombobox({
    onDropdownClose: () => {
      combobox.resetSelectedOption()
      setTyped(null)
    },
    onDropdownOpen: () => {
      setSteps([])
      const input = document.getElementById(id)
      if (input && input.getBoundingClientRect().bottom + roomBelow > window.innerHeight)
        input.scrollIntoView({ block: 'center' })
    },
  })
  const opened = combobox.dropdownOpened
  const [words] = useDebouncedValue((typed ?? '').trim(), debounceMs)
  const searching = words.length >= shortestPlaceSearch
  const here = steps.at(-1)

  const chosen = useQuery({ ...placeByCode(value ?? ''), enabled: value !== null })
  const found = useQuery({
    ...placeSearch({ q: words, barmm, limit: mostRows }),
    enabled: opened && searching,
  })
  // Names of municipalities repeat as names of barangays; a form that needs a barangay shows those first.
  const foundAtLevel = useQuery({
    ...placeSearch({ q: words, level, barmm, limit: mostRows }),
    enabled: opened && searching && level !== undefined,
  })
  const below = useQuery({ ...placeChildren(here?.code), enabled: opened && !searching })
  const active = searching ? (level ? foundAtLevel : found) : below

  const canTake = (row: { level: PlaceLevel }) => level === undefined || row.level === level
  const rows: Row[] = searching
    ? [
        ...(level ? (foundAtLevel.data?.items ?? []) : []),
        ...(found.data?.items ?? []).filter((row) => !level || !canTake(row)),
      ]
        .slice(0, mostRows + 5)
        .map((row) => ({ ...row, path: pathText(row.path), hasChildren: row.level !== 'barangay' }))
    : (below.data?.items ?? []).filter((row) => barmm !== false || !row.inBarmm)
  const takesHere = here && level === undefined && !searching

  // The list changes under the cursor: start from its first row again.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the rows themselves are what changes
  useEffect(() => {
    if (!opened || !active.data) return
    combobox.selectOption(here && !searching ? 1 : 0)
    // Mantine tells readers of a chosen option only when the arrow keys chose it.
    const option = document.querySelector(`#${combobox.listId} [data-combobox-selected]`)
    if (option) document.getElementById(id)?.setAttribute('aria-activedescendant', option.id)
  }, [active.data, opened, here?.code])

  function choose(code: string) {
    if (code === back) {
      setSteps(steps.slice(0, -1))
      return
    }
    const row = rows.find((candidate) => candidate.code === code)
    const isHere = takesHere && code === here.code
    if (!isHere && row && (!canTake(row) || (!searching && row.hasChildren && level === undefined))) {
      setSteps([...(searching ? [] : steps), { code: row.code, name: row.name }])
      setTyped('')
      return
    }
    onChange(code)
    combobox.closeDropdown()
  }

  const shown = typed ?? chosen.data?.name ?? (value && !chosen.data ? value : '')
  const path = value !== null && chosen.data ? pathText(chosen.data.path) : ''

  return (
    <Combobox store={combobox} onOptionSubmit={choose} withinPortal position="bottom-start">
      <Combobox.Target withExpandedAttribute>
        <InputBase
          id={id}
          role="combobox"
          aria-autocomplete="list"
          label={label}
          w={width}
          title={compact && chosen.data ? wholeName(chosen.data) : undefined}
          required={required}
          disabled={disabled}
          error={error}
          description={description}
          aria-description={path || undefined}
          inputContainer={(input) => (
            <>
              {input}
              {path && !compact && (
                <Text size="sm" mt={4} aria-hidden>
                  <IconMapPin size={14} style={{ verticalAlign: '-2px' }} /> {path}
                </Text>
              )}
            </>
          )}
          placeholder={placeholder ?? t('picker.placeholder')}
          value={shown}
          onChange={(event) => {
            setTyped(event.currentTarget.value)
            combobox.openDropdown()
          }}
          onFocus={(event) => event.currentTarget.select()}
          onClick={() => combobox.openDropdown()}
          onBlur={() => {
            combobox.closeDropdown()
            setTyped(null)
            onBlur?.()
          }}
          onKeyDown={(event) => {
            if (event.key === 'ArrowLeft' && opened && here && !typed) {
              event.preventDefault()
              setSteps(steps.slice(0, -1))
            }
          }}
          rightSectionPointerEvents="all"
          rightSection={
            active.isFetching && opened ? (
              <Loader size={18} type="oval" aria-hidden />
            ) : value !== null && !disabled ? (
              <CloseButton
                size="md"
                aria-label={t('picker.clear', { label })}
                onMouseDown={(event) => event.preventDefault()}
                onClick={() => {
                  onChange(null)
                  setTyped(null)
                  combobox.closeDropdown()
                  document.getElementById(id)?.focus()
                }}
              />
            ) : (
              <IconSelector size={16} aria-hidden style={{ pointerEvents: 'none', opacity: 0.6 }} />
            )
          }
          autoComplete="off"
          spellCheck={false}
        />
      </Combobox.Target>
      <VisuallyHidden role="status">
        {opened && active.isSuccess && !active.isFetching ? t('picker.count', { count: rows.length }) : ''}
      </VisuallyHidden>
      <Combobox.Dropdown p={0}>
        {!searching && (
          <div className={classes.here}>
            {here ? steps.map((step) => step.name).join(' › ') : t('picker.hint', { count: shortestPlaceSearch })}
          </div>
        )}
        <Combobox.Options aria-label={label} mah="min(20rem, 45dvh)" style={{ overflowY: 'auto' }}>
          {!searching && here && (
            <Combobox.Option value={back} className={classes.option}>
              <Group gap={8} wrap="nowrap">
                <IconArrowLeft size={16} aria-hidden />
                {steps.length > 1 ? t('picker.backTo', { name: steps.at(-2)?.name }) : t('picker.backToRegions')}
              </Group>
            </Combobox.Option>
          )}
          {takesHere && (
            <Combobox.Option value={here.code} className={classes.option} active={here.code === value}>
              <span className={classes.name}>{t('picker.all', { name: here.name })}</span>
            </Combobox.Option>
          )}
          {rows.map((row) => {
            const steps = !canTake(row) || (!searching && row.hasChildren && level === undefined)
            return (
              <Combobox.Option key={row.code} value={row.code} className={classes.option} active={row.code === value}>
                <span className={classes.name}>{row.name}</span>
                <span className={classes.kind}>{kindWords(row.kind)}</span>
                {steps ? <IconChevronRight size={16} aria-hidden className={classes.step} /> : <span />}
                {row.path && <span className={classes.path}>{row.path}</span>}
                {steps && <VisuallyHidden>{t('picker.opens')}</VisuallyHidden>}
              </Combobox.Option>
            )
          })}
        </Combobox.Options>
        {active.isSuccess && rows.length === 0 && (
          <div className={classes.note}>
            {searching ? t('picker.none', { words }) : t('picker.nothingBelow')}
            {searching && barmm === false && <div>{t('picker.outsideOnly')}</div>}
          </div>
        )}
        {active.isError && (
          <Group className={classes.note} role="alert" justify="space-between">
            {t('picker.failed')}
            <Button
              size="compact-sm"
              variant="default"
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => void active.refetch()}
            >
              {t('picker.retry')}
            </Button>
          </Group>
        )}
        {active.isPending && active.isFetching && <div className={classes.note}>{t('picker.looking')}</div>}
      </Combobox.Dropdown>
    </Combobox>
  )
}
