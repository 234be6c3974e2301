import { CloseButton, Loader } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconMapPin, IconPlus, IconSearch, IconUsersGroup } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { type KeyboardEvent, type ReactNode, useEffect, useId, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '#web/lib/api.ts'
import { paths } from '#web/lib/paths.ts'
import { useGo } from '#web/lib/routing.ts'
import { useCan, useSession } from '#web/lib/session.ts'
import { useProblemWords } from '#web/ui/field-problems.tsx'
import classes from './command-palette.module.css'
import { navigationFor } from './menu-entries.ts'

const typingPause = 200
const shortest = 2
const mostPerKind = '6'

interface Hit {
  key: string
  label: string
  sub?: string
  icon: ReactNode
  href: string
}
interface Section {
  label: string
  hits: Hit[]
}

/** Case and accents do not matter: “pinas” finds “Piñas”. */
const plain = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()

function useSections(words: string): { sections: Section[]; busy: boolean; error: unknown } {
  const { t } = useTranslation('shell')
  const session = useSession()
  const mayCommunities = useCan('community.read')
  const mayPlaces = useCan('place.read')
  const mayRegister = useCan('community.create')
  const long = words.length >= shortest

  const communities = useQuery({
    queryKey: ['palette', 'communities', words],
    queryFn: ({ signal }) => call('GET /api/v1/communities', { query: { q: words, limit: mostPerKind }, signal }),
    enabled: mayCommunities && long,
    placeholderData: keepPreviousData,
  })
  const places = useQuery({
    queryKey: ['palette', 'places', words],
    queryFn: ({ signal }) => call('GET /api/v1/places', { query: { q: words, limit: mostPerKind }, signal }),
    enabled: mayPlaces && long,
    placeholderData: keepPreviousData,
  })

  const pages: Hit[] = [
    ...navigationFor(session).flatMap((section) =>
      section.entries.map(({ label, href, Icon }) => ({
        key: href,
        label: t(`nav.${label}`),
        href,
        icon: <Icon size={18} />,
      })),
    ),
    ...(mayRegister
      ? [
          {
            key: 'register',
            label: t('palette.registerCommunity'),
            href: paths.communityNew(),
            icon: <IconPlus size={18} />,
          },
        ]
      : []),
    { key: 'account', label: t('user.account'), href: paths.account(), icon: <IconSearch size={18} /> },
    { key: 'security', label: t('user.security'), href: paths.security(), icon: <IconSearch size={18} /> },
  ].filter((hit) => plain(hit.label).includes(plain(words)))

  const sections = [
    {
      label: t('palette.communities'),
      hits: (long ? (communities.data?.items ?? []) : []).map((row) => ({
        key: row.id,
        label: row.name,
        sub: [row.officeId, row.barangay.name, row.city.name, row.province?.name].filter(Boolean).join(' · '),
        icon: <IconUsersGroup size={18} />,
        href: paths.community(row.id),
      })),
    },
    {
      label: t('palette.places'),
      hits: (long ? (places.data?.items ?? []) : []).map((place) => ({
        key: place.code,
        label: place.name,
        sub: place.path
          .toReversed()
          .map((step) => step.name)
          .join(', '),
        icon: <IconMapPin size={18} />,
        href: paths.place(place.code),
      })),
    },
  ]
  const pageSection = { label: t('palette.pages'), hits: pages }
  return {
    sections: (long ? [pageSection, ...sections] : [pageSection]).filter((section) => section.hits.length > 0),
    busy: communities.isFetching || places.isFetching,
    error: communities.error ?? places.error,
  }
}

export function CommandPalette({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation('shell')
  const go = useGo()
  const problemWords = useProblemWords()
  const dialog = useRef<HTMLDialogElement>(null)
  const list = useRef<HTMLDivElement>(null)
  const listId = useId()
  const [typed, setTyped] = useState('')
  const [words] = useDebouncedValue(typed.trim(), typingPause)
  const [at, setAt] = useState(0)
  const { sections, busy, error } = useSections(words)
  const hits = useMemo(() => sections.flatMap((section) => section.hits), [sections])
  const current = Math.min(at, hits.length - 1)
  const optionId = (index: number) => `${listId}-${index}`

  useEffect(() => {
    if (opened && !dialog.current?.open) {
      setTyped('')
      setAt(0)
      dialog.current?.showModal()
    } else if (!opened) dialog.current?.close()
  }, [opened])
  // biome-ignore lint/correctness/useExhaustiveDependencies: the marked row moved
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' })
  }, [current])

  function open(hit: Hit | undefined) {
    if (!hit) return
    onClose()
    void go(hit.href)
  }

  function onKeyDown(event: KeyboardEvent) {
    const moves: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 }
    const move = moves[event.key]
    if (move && hits.length > 0) {
      event.preventDefault()
      setAt((current + move + hits.length) % hits.length)
    } else if (event.key === 'Enter') {
      event.preventDefault()
      open(hits[current])
    }
  }

  let index = -1
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the click is on the backdrop; the keyboard has Escape
    <dialog
      ref={dialog}
      className={classes.palette}
      aria-label={t('palette.hint')}
      onClose={onClose}
      onClick={(event) => event.target === dialog.current && onClose()}
    >
      <div className={classes.inside}>
        <div className={classes.field}>
          <IconSearch size={20} aria-hidden />
          <input
            type="text"
            role="combobox"
            aria-expanded={hits.length > 0}
            aria-controls={listId}
            aria-activedescendant={hits.length > 0 ? optionId(current) : undefined}
            aria-autocomplete="list"
            aria-label={t('palette.placeholder')}
            placeholder={t('palette.placeholder')}
            autoComplete="off"
            spellCheck={false}
            maxLength={100}
            value={typed}
            onChange={(event) => {
              setTyped(event.currentTarget.value)
              setAt(0)
            }}
            onKeyDown={onKeyDown}
          />
          {busy && <Loader size="xs" aria-label={t('palette.loading')} />}
          <CloseButton aria-label={t('action.close')} onClick={onClose} />
        </div>
        <div className={classes.hits} ref={list} id={listId} role="listbox" aria-label={t('palette.open')}>
          {sections.map((section) => (
            // biome-ignore lint/a11y/useSemanticElements: a group of options is no fieldset
            <div key={section.label} role="group" aria-label={section.label}>
              <div className={classes.section} aria-hidden>
                {section.label}
              </div>
              {section.hits.map((hit) => {
                index += 1
                const own = index
                return (
                  // biome-ignore lint/a11y/useKeyWithClickEvents: Enter in the field opens the marked option
                  // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the field (combobox pattern)
                  <div
                    key={hit.key}
                    id={optionId(own)}
                    role="option"
                    aria-selected={own === current}
                    className={classes.hit}
                    onClick={() => open(hit)}
                    onMouseMove={() => setAt(own)}
                  >
                    <span aria-hidden className={classes.icon}>
                      {hit.icon}
                    </span>
                    <span className={classes.words}>
                      <span>{hit.label}</span>
                      {hit.sub && <span className={classes.sub}>{hit.sub}</span>}
                    </span>
                  </div>
                )
              })}
            </div>
          ))}
        </div>
        <div role="status" className={classes.status}>
          {error ? t('palette.failed', { reason: problemWords(error) }) : null}
          {!error && hits.length === 0 && !busy && t('palette.none', { words })}
        </div>
      </div>
    </dialog>
  )
}
