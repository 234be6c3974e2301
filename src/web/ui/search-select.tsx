import { Select } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { useProblemWords } from './field-problems.tsx'

export interface Found {
  value: string
  label: string
}

interface Props {
  label: string
  /** Name of what is searched, for the memory of answers. */
  kind: string
  search: (words: string, signal: AbortSignal) => Promise<Found[]>
  value: string | null
  /** The chosen row's name, so that it shows before any search. */
  valueLabel?: string
  onChange: (chosen: Found | null) => void
  placeholder?: string
  description?: ReactNode
  error?: ReactNode
  required?: boolean
  clearable?: boolean
  nothingFound?: string
  /** A row of filters says it to readers only. */
  labelHidden?: boolean
}

const typingPause = 200

/** A choice among many: searched on the server while typing. */
export function SearchSelect({
  kind,
  search,
  value,
  valueLabel,
  onChange,
  nothingFound,
  error,
  label,
  labelHidden,
  ...rest
}: Props) {
  const problemWords = useProblemWords()
  const [typed, setTyped] = useState('')
  const [chosen, setChosen] = useState<Found | null>(value && valueLabel ? { value, label: valueLabel } : null)
  const [words] = useDebouncedValue(typed === chosen?.label ? '' : typed.trim(), typingPause)
  const found = useQuery({
    queryKey: ['search-select', kind, words],
    queryFn: ({ signal }) => search(words, signal),
    placeholderData: keepPreviousData,
  })
  const known = value && chosen?.value === value ? chosen : value && valueLabel ? { value, label: valueLabel } : null
  const options = found.data ?? []
  return (
    <Select
      searchable
      value={value}
      onChange={(next) => {
        const option = options.find((row) => row.value === next) ?? null
        setChosen(option)
        onChange(option)
      }}
      searchValue={typed}
      onSearchChange={setTyped}
      data={known && !options.some((row) => row.value === known.value) ? [known, ...options] : options}
      // The server has matched already, more cleverly than letter by letter.
      filter={({ options: all }) => all}
      nothingFoundMessage={found.isFetching ? undefined : nothingFound}
      error={found.error ? problemWords(found.error) : error}
      {...(labelHidden ? { 'aria-label': label } : { label })}
      {...rest}
    />
  )
}
