import { describe, expect, it } from 'vitest'
import { filterOf, isFiltered, readList } from './list-search.ts'

describe('the address of the list', () => {
  it('keeps what the list understands and passes over the rest', () =>
    expect(
      readList({
        q: 'lampara',
        place: '0931700002',
        status: 'confirmed,wrong,presumed',
        group: 'none',
        located: 'maybe',
        archived: 'yes',
        sort: '-population',
        cursor: 'abc',
        other: 'x',
      }),
    ).toEqual({
      q: 'lampara',
      place: '0931700002',
      status: 'confirmed,presumed',
      group: 'none',
      sort: '-population',
      cursor: 'abc',
    }))

  it('shares only the filter with map, counts and export', () =>
    expect(filterOf(readList({ q: 'x', sort: 'name', cursor: 'abc', columns: 'region' }))).toEqual({ q: 'x' }))

  it('knows an unfiltered list from a filtered one', () => {
    expect(isFiltered(readList({ sort: 'name', cursor: 'abc' }))).toBe(false)
    expect(isFiltered(readList({ located: 'false' }))).toBe(true)
  })
})
