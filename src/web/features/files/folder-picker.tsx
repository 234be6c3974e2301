import { Anchor, Breadcrumbs, Group, Input, Text, UnstyledButton } from '@mantine/core'
import { IconCheck, IconChevronRight, IconFolder } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useProblemWords } from '#web/ui/problem-words.ts'
import { type FolderRow, folderList } from './files.queries.ts'
import classes from './folder-picker.module.css'

interface Step {
  id: string
  name: string
}

interface Props {
  label: string
  /** Whose folders; undefined with `any` are everybody’s, else the office’s own. */
  organisationId?: string | undefined
  ownerName: string
  any?: boolean
  /** This folder and what lies in it cannot be chosen. */
  without?: string
  /** The top itself can be chosen. */
  top?: boolean
  value: string | null
  /** The way to what is chosen at the beginning. */
  path?: readonly Step[]
  onChange: (folderId: string | null) => void
  error?: ReactNode
}

/** Steps down from the top, loading one level at a time. The folder one stands in is the chosen one. */
export function FolderPicker({
  label,
  organisationId,
  ownerName,
  any,
  without,
  top,
  path = [],
  value,
  onChange,
  error,
}: Props) {
  const { t } = useTranslation('files')
  const problemWords = useProblemWords()
  const id = useId()
  const [steps, setSteps] = useState<readonly Step[]>(path)
  const here = steps.at(-1)
  const query = useQuery(folderList(here ? { parent: here.id } : { organisation: organisationId }))
  const belongs = ({ id: folderId, organisation }: FolderRow) =>
    folderId !== without && (here || any || (organisation?.id ?? undefined) === organisationId)
  const rows = query.data?.filter(belongs) ?? []

  function go(to: readonly Step[]) {
    setSteps(to)
    onChange(to.at(-1)?.id ?? null)
  }

  return (
    <Input.Wrapper label={label} labelElement="div" error={error ?? (query.error && problemWords(query.error))}>
      <fieldset className={classes.box} aria-label={label}>
        <Breadcrumbs separator="›" separatorMargin={6} className={classes.way}>
          <Anchor component="button" type="button" size="sm" onClick={() => go([])}>
            {ownerName}
          </Anchor>
          {steps.map((step, index) => (
            <Anchor
              key={step.id}
              component="button"
              type="button"
              size="sm"
              onClick={() => go(steps.slice(0, index + 1))}
            >
              {step.name}
            </Anchor>
          ))}
        </Breadcrumbs>
        <ul className={classes.rows} id={id}>
          {rows.map((row) => (
            <li key={row.id}>
              <UnstyledButton className={classes.row} onClick={() => go([...steps, { id: row.id, name: row.name }])}>
                <IconFolder size={16} aria-hidden />
                <span className={classes.name}>
                  {row.name}
                  {any && !here && row.organisation && (
                    <Text span size="xs" c="dimmed">
                      {' '}
                      {row.organisation.name}
                    </Text>
                  )}
                </span>
                <IconChevronRight size={14} aria-hidden />
              </UnstyledButton>
            </li>
          ))}
          {query.data && rows.length === 0 && (
            <Text component="li" size="sm" c="dimmed" px={12} py={8}>
              {t('folder.noneInside')}
            </Text>
          )}
        </ul>
        <Group gap={6} className={classes.chosen} role="status">
          {value || top ? (
            <>
              <IconCheck size={16} aria-hidden />
              <Text size="sm">{t('folder.chosen', { name: here?.name ?? ownerName })}</Text>
            </>
          ) : (
            <Text size="sm" c="dimmed">
              {t('folder.choose')}
            </Text>
          )}
        </Group>
      </fieldset>
    </Input.Wrapper>
  )
}
