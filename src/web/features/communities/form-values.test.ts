import { describe, expect, it } from 'vitest'
import {
  bodyOf,
  type CommunityDraft,
  changedFields,
  changeOf,
  degreesOf,
  emptyDraft,
  merge,
  numberOf,
  problemsOf,
  resolve,
} from './form-values.ts'

const today = '2026-03-01'
const filled = (over: Partial<CommunityDraft> = {}): CommunityDraft => ({
  ...emptyDraft(),
  name: 'Sitio Lampara',
  barangayCode: '1208001001',
  status: 'confirmed',
  statusSource: 'Field visit',
  statusDate: '2026-01-15',
  population: '1200',
  ...over,
})

describe('numbers and degrees as people write them', () => {
  it.each([
    ['', null],
    ['1,234', 1234],
    ['1 234', 1234],
    ['0', 0],
    ['12.5', 12.5],
    ['abc', Number.NaN],
    ['1e5', Number.NaN],
  ])('numberOf(%j)', (text, value) => expect(numberOf(text)).toEqual(value))
  it.each([
    ['', null],
    ['6.1042', 6.1042],
    ['6.1042° N', 6.1042],
    ['125,3', 125.3],
    ['-6', -6],
    ['6°12′', Number.NaN],
  ])('degreesOf(%j)', (text, value) => expect(degreesOf(text)).toEqual(value))
})

describe('checks before sending', () => {
  it('finds nothing in a filled form', () => expect(problemsOf(filled(), today)).toEqual({}))
  it('names what is missing', () =>
    expect(problemsOf(emptyDraft(), today)).toEqual({
      name: 'required',
      barangayCode: 'required',
      status: 'required',
      statusSource: 'required',
      statusDate: 'required',
    }))
  it.each<[Partial<CommunityDraft>, object]>([
    [{ population: '-3' }, { population: 'whole_number' }],
    [{ population: '3.5' }, { population: 'whole_number' }],
    [{ households: '20000000' }, { households: 'too_high' }],
    [{ latitude: '6.1' }, { longitude: 'both_coordinates' }],
    [{ latitude: '96', longitude: '125' }, { latitude: 'latitude_range' }],
    [{ latitude: 'x', longitude: '125' }, { latitude: 'degrees' }],
    [{ statusDate: '2026-13-01' }, { statusDate: 'date' }],
    [{ statusDate: '2026-03-02' }, { statusDate: 'date_in_future' }],
    [{ name: 'x'.repeat(201) }, { name: 'too_long' }],
    [{ accuracyMetres: '20' }, { accuracyMetres: 'accuracy_alone' }],
    [{ status: 'none_found', households: '0' }, { population: 'none_found_counted' }],
  ])('%j', (over, problems) => expect(problemsOf(filled(over), today)).toEqual(problems))
})

describe('only what changed is sent', () => {
  it('leaves out what was only looked at', () => {
    const seen = filled()
    expect(changeOf({ ...seen, population: '1,300', sitio: ' ' }, seen, 4)).toEqual({ population: 1300, version: 4 })
    expect(changedFields({ ...seen, name: ' Sitio Lampara ' }, seen)).toEqual([])
  })
  it('empties with null and sends both coordinates', () => {
    const seen = filled({ latitude: '6.1', longitude: '125.2' })
    expect(changeOf({ ...seen, population: '', latitude: '6.2' }, seen, 1)).toEqual({
      population: null,
      latitude: 6.2,
      longitude: 125.2,
      version: 1,
    })
  })
  it('a whole body has every field', () => expect(Object.keys(bodyOf(filled()))).toHaveLength(18))
})

describe('a stale save', () => {
  const seen = filled({ households: '10', latitude: '6.1', longitude: '125.2' })
  const mine = { ...seen, population: '1500', households: '11', latitude: '6.3' }
  const theirs = { ...seen, population: '1400', sitio: 'Purok 2', longitude: '125.4' }

  it('asks about fields that both changed and keeps the rest', () => {
    const outcome = merge(seen, mine, theirs)
    expect(outcome.collisions.map(({ field }) => field).sort()).toEqual(['population', 'position'])
    expect(outcome.merged).toMatchObject({ households: '11', sitio: 'Purok 2', population: '1400' })
    expect(outcome.theirsOnly).toEqual(['sitio'])
    expect(outcome.mineOnly).toEqual(['households'])
  })
  it('keeps a chosen position whole', () => {
    const outcome = merge(seen, mine, theirs)
    expect(resolve(outcome, { population: 'mine', position: 'mine' })).toMatchObject({
      population: '1500',
      latitude: '6.3',
      longitude: '125.2',
    })
    expect(resolve(outcome, { population: 'theirs', position: 'theirs' })).toMatchObject({
      population: '1400',
      latitude: '6.1',
      longitude: '125.4',
      households: '11',
    })
  })
  it('does not ask when both typed the same', () =>
    expect(merge(seen, { ...seen, population: '9' }, { ...seen, population: '9' }).collisions).toEqual([]))
})
