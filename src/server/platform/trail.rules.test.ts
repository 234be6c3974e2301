import { expect, test } from 'vitest'
import { changedMeanwhile } from './trail.rules.ts'

test('what changed meanwhile: base, theirs and mine, and where they collide', () => {
  const change = (before: object, after: object) => ({
    id: 1,
    at: new Date(),
    by: 'Amina',
    action: 'community.changed',
    before: before as Record<string, unknown>,
    after: { ...after, version: 9 } as Record<string, unknown>,
  })
  expect(
    changedMeanwhile(
      [
        change({ population: 10, name: 'A' }, { population: 20, name: 'B' }),
        change({ population: 20, name: 'B', sitio: null }, { population: 30, name: 'A', sitio: 'Baru' }),
      ],
      { population: 40, sitio: 'Baru', notes: 'mine' },
    ),
  ).toEqual([
    { field: 'population', base: 10, theirs: 30, mine: 40, collides: true },
    { field: 'sitio', base: null, theirs: 'Baru', mine: 'Baru', collides: false },
  ])
})
