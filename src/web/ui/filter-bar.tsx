import { Button, CloseButton, Collapse, Group, TextInput } from '@mantine/core'
import { useDebouncedCallback, useDisclosure } from '@mantine/hooks'
import { IconAdjustmentsHorizontal, IconSearch } from '@tabler/icons-react'
import { type ReactNode, useEffect, useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import classes from './filter-bar.module.css'

interface Props {
  /** Words searched for, as the address holds them; leave out where there is no search. */
  search?: string
  onSearch?: (words: string | undefined) => void
  searchLabel?: string
  /** How many filters, the search apart, are set. */
  active?: number
  onClear?: () => void
  /** The filters themselves: labelled inputs. */
  children?: ReactNode
  actions?: ReactNode
}

const typingPause = 250

export function FilterBar({ search = '', onSearch, searchLabel, active = 0, onClear, children, actions }: Props) {
  const { t } = useTranslation('shell')
  const [typed, setTyped] = useState(search)
  const [open, { toggle }] = useDisclosure(false)
  const filtersId = useId()
  const send = useDebouncedCallback((words: string) => onSearch?.(words.trim() || undefined), typingPause)
  // The address can change under us: back, a saved link, “clear”.
  useEffect(() => setTyped((before) => (before.trim() === search ? before : search)), [search])

  function type(words: string) {
    setTyped(words)
    send(words)
  }

  return (
    <search className={`${classes.bar} no-print`}>
      <Group gap="sm" align="flex-end" wrap="wrap">
        {onSearch && (
          <TextInput
            type="search"
            className={classes.search}
            aria-label={searchLabel ?? t('filter.search')}
            placeholder={searchLabel ?? t('filter.search')}
            leftSection={<IconSearch size={16} aria-hidden />}
            rightSection={
              typed && <CloseButton size="sm" aria-label={t('filter.clearSearch')} onClick={() => type('')} />
            }
            value={typed}
            onChange={(event) => type(event.currentTarget.value)}
          />
        )}
        {children && (
          <Button
            variant="default"
            hiddenFrom="sm"
            onClick={toggle}
            aria-expanded={open}
            aria-controls={filtersId}
            leftSection={<IconAdjustmentsHorizontal size={16} aria-hidden />}
          >
            {active > 0 ? t('filter.filtersSet', { count: active }) : t('filter.filters')}
          </Button>
        )}
        {children && (
          <Group gap="sm" align="flex-end" visibleFrom="sm">
            {children}
          </Group>
        )}
        {onClear && (active > 0 || search) && (
          <Button variant="subtle" onClick={onClear}>
            {t('filter.clear')}
          </Button>
        )}
        {actions && <div className={classes.actions}>{actions}</div>}
      </Group>
      {children && (
        <Collapse expanded={open} id={filtersId} hiddenFrom="sm">
          <div className={classes.stacked}>{children}</div>
        </Collapse>
      )}
    </search>
  )
}
