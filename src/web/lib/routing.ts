import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useCallback, useMemo } from 'react'

type Reader<T extends string> = (value: string) => T | undefined

/** Readers for `searchOf`: each takes what stands in the address and refuses what cannot be meant. */
export const text: Reader<string> = (value) => value || undefined
export const flag: Reader<'true'> = (value) => (value === 'true' ? 'true' : undefined)
export const digits: Reader<string> = (value) => (/^\d{1,20}$/.test(value) ? value : undefined)
export const oneOf =
  <const T extends string>(options: readonly T[]): Reader<T> =>
  (value) =>
    options.find((option) => option === value)
/** Several values with commas between them, as the API takes them. */
export const listOf =
  (options: readonly string[]): Reader<string> =>
  (value) =>
    value
      .split(',')
      .filter((item) => options.includes(item))
      .join(',') || undefined

/** An address of this site; anything that could lead elsewhere is dropped. */
export const localAddress: Reader<string> = (value) => (/^\/(?![/\\])/.test(value) ? value : undefined)

type Shape = Record<string, Reader<string>>
export type SearchOf<S extends Shape> = { [K in keyof S]?: NonNullable<ReturnType<S[K]>> }
export type ReadSearch<S extends Shape> = (raw: Record<string, unknown>) => SearchOf<S>

/** `const readSearch = searchOf({ q: text, status: listOf(communityStatuses), sort: oneOf(communitySorts) })` */
export const searchOf =
  <S extends Shape>(shape: S): ReadSearch<S> =>
  (raw) =>
    Object.fromEntries(
      Object.entries(shape).flatMap(([name, read]) => {
        const given = raw[name]
        const value = typeof given === 'string' ? read(given) : undefined
        return value === undefined ? [] : [[name, value]]
      }),
    ) as SearchOf<S>

/** The page's own part of the address and how to change it. A change of a filter goes back to the first page of rows. */
export function useUrlSearch<R extends object>(read: (raw: Record<string, unknown>) => R) {
  const raw = useSearch({ strict: false }) as Record<string, unknown>
  const navigate = useNavigate()
  const search = useMemo(() => read(raw), [raw, read])
  const setSearch = useCallback(
    (change: { [K in keyof R]?: R[K] | undefined }) => {
      void navigate({
        to: '.',
        replace: !('cursor' in change),
        resetScroll: false,
        search: ((before: Record<string, unknown>) =>
          Object.fromEntries(
            Object.entries({
              ...before,
              ...(!('cursor' in change) && !('columns' in change) && { cursor: undefined, page: undefined }),
              ...change,
            }).filter(([, value]) => value !== undefined && value !== ''),
          )) as never,
      })
    },
    [navigate],
  )
  return [search, setSearch] as const
}

/** `usePathParam('communityId')` */
export function usePathParam(name: string): string {
  const params = useParams({ strict: false }) as Record<string, string | undefined>
  const value = params[name]
  if (value === undefined) throw new Error(`The address has no part “${name}”.`)
  return value
}

/** Go to an address of `paths`. */
export function useGo(): (href: string, options?: { replace?: boolean }) => Promise<void> {
  const navigate = useNavigate()
  return useCallback((href, options) => navigate({ href, ...options } as never), [navigate])
}
