import type { PlaceSummary, PlaceView } from '#contract/places.ts'
import { manilaDay } from '#server/platform/clock.ts'
import { AppError, invalidField } from '#server/platform/errors.ts'
import type { ModuleDeps } from '#server/platform/module.ts'
import {
  createGazetteer,
  type Gazetteer,
  isValidOn,
  type PlaceRecord,
  type PlaceRef,
  refOf,
} from './gazetteer.rules.ts'
import { createNameResolver, type NameMatch, type NameResolver, type PlaceNames } from './names.rules.ts'
import { listPlaceData } from './places.repo.ts'
import { createPlaceIndex, type PlaceIndex } from './search.rules.ts'

interface PlaceQuery {
  q: string
  level?: PlaceRecord['level'] | undefined
  within?: string | undefined
  barmm?: boolean | undefined
  limit?: number | undefined
}

type ChildView = Omit<PlaceSummary, 'path'> & { hasChildren: boolean }

type Resolution =
  | { state: 'found'; place: PlaceRecord }
  | { state: 'unknown' | 'ambiguous'; column: keyof PlaceNames; suggestions: PlaceSummary[] }

/** Places for every module; answered from memory after the first call. Days are `yyyy-mm-dd`, Asia/Manila. */
export interface PlacesService {
  search(query: PlaceQuery): Promise<PlaceSummary[]>
  /** @throws AppError `not_found` */
  children(of: string | undefined): Promise<ChildView[]>
  /** Former places too. @throws AppError `not_found` */
  show(code: string): Promise<PlaceView>
  /** Also finds former places: look at `validUntil`. */
  findPlace(code: string): Promise<PlaceRecord | undefined>
  findPlaces(codes: Iterable<string>): Promise<Map<string, PlaceRecord>>
  /** Code, name and level of many places; unknown codes are left out. */
  refsOf(codes: Iterable<string | null>): Promise<Map<string, PlaceRef>>
  /** A barangay by the names a spreadsheet has; 'unknown' and 'ambiguous' say which column and what may be meant. */
  resolveByNames(names: PlaceNames): Promise<Resolution>
  /** Whether the place lay in BARMM on that day, today by default. */
  isInBarmm(code: string, day?: string): Promise<boolean>
  /** Reads the places into memory, so that the first search is as fast as the next. */
  warmUp(): Promise<void>
}

interface Known {
  gazetteer: Gazetteer
  index: PlaceIndex
  resolve: NameResolver
}

const usualLimit = 20

export function placesService({ db, clock }: Pick<ModuleDeps, 'db' | 'clock'>): PlacesService {
  let loading: Promise<Known> | undefined

  async function load(): Promise<Known> {
    const gazetteer = createGazetteer(await db.snapshot(listPlaceData))
    const index = createPlaceIndex(gazetteer)
    let resolve: NameResolver | undefined
    return {
      gazetteer,
      index,
      resolve: (names, day): NameMatch => {
        resolve ??= createNameResolver(gazetteer, index)
        return resolve(names, day)
      },
    }
  }

  function known(): Promise<Known> {
    loading ??= load().catch((error: unknown) => {
      loading = undefined
      throw error
    })
    return loading
  }

  const today = () => manilaDay(clock.now())

  function summaryOf(gazetteer: Gazetteer, place: PlaceRecord): PlaceSummary {
    return {
      ...refOf(place),
      kind: place.kind,
      path: gazetteer.pathOf(place),
      inBarmm: gazetteer.isInBarmm(place, today()),
    }
  }

  function countInside(gazetteer: Gazetteer, code: string, day: string): PlaceView['inside'] {
    const inside = { province: 0, city: 0, barangay: 0 }
    const count = (of: string) => {
      for (const child of gazetteer.childrenOf(of)) {
        if (!isValidOn(child, day)) continue
        if (child.level !== 'region') inside[child.level]++
        count(child.code)
      }
    }
    count(code)
    return inside
  }

  return {
    async search({ q, level, within, barmm, limit }) {
      const { gazetteer, index } = await known()
      if (within !== undefined && !gazetteer.find(within))
        throw invalidField('within', 'There is no place with this PSGC code.')
      const day = today()
      const found = index.search(
        q,
        limit ?? usualLimit,
        (place) =>
          (level === undefined || place.level === level) &&
          isValidOn(place, day) &&
          (within === undefined || gazetteer.isInside(place, within)) &&
          (barmm === undefined || gazetteer.isInBarmm(place, day) === barmm),
      )
      return found.map((place) => summaryOf(gazetteer, place))
    },

    async children(of) {
      const { gazetteer } = await known()
      if (of !== undefined && !gazetteer.find(of)) throw new AppError('not_found', 'There is no such place.')
      const day = today()
      return gazetteer
        .childrenOf(of)
        .filter((place) => isValidOn(place, day))
        .map((place) => ({
          ...refOf(place),
          kind: place.kind,
          inBarmm: gazetteer.isInBarmm(place, day),
          hasChildren: gazetteer.childrenOf(place.code).length > 0,
        }))
    },

    async show(code) {
      const { gazetteer } = await known()
      const place = gazetteer.find(code)
      if (!place) throw new AppError('not_found', 'There is no such place.')
      const linked = (other: string) => refOf(gazetteer.find(other) as PlaceRecord)
      return {
        ...summaryOf(gazetteer, place),
        aliases: [...gazetteer.aliasesOf(code)],
        validFrom: place.validFrom,
        validUntil: place.validUntil,
        predecessors: gazetteer
          .predecessorsOf(code)
          .map(({ predecessorCode, on, source }) => ({ ...linked(predecessorCode), on, source })),
        successors: gazetteer
          .successorsOf(code)
          .map(({ successorCode, on, source }) => ({ ...linked(successorCode), on, source })),
        barmm: gazetteer.membershipsOf(place).map(({ from, until, source }) => ({ from, until, source })),
        formerParents: gazetteer
          .formerParentsOf(code)
          .map(({ parentCode, from, until, source }) => ({ ...linked(parentCode), from, until, source })),
        inside: countInside(gazetteer, code, today()),
      }
    },

    findPlace: async (code) => (await known()).gazetteer.find(code),

    async findPlaces(codes) {
      const { gazetteer } = await known()
      const found = new Map<string, PlaceRecord>()
      for (const code of codes) {
        const place = gazetteer.find(code)
        if (place) found.set(code, place)
      }
      return found
    },

    async refsOf(codes) {
      const { gazetteer } = await known()
      const refs = new Map<string, PlaceRef>()
      for (const code of codes) {
        const place = code === null ? undefined : gazetteer.find(code)
        if (place) refs.set(place.code, refOf(place))
      }
      return refs
    },

    async resolveByNames(names) {
      const { gazetteer, resolve } = await known()
      const match = resolve(names, today())
      if (match.state === 'found') return match
      const { state, column, near } = match
      return { state, column, suggestions: near.map((place) => summaryOf(gazetteer, place)) }
    },

    async isInBarmm(code, day) {
      const { gazetteer } = await known()
      const place = gazetteer.find(code)
      return place !== undefined && gazetteer.isInBarmm(place, day ?? today())
    },

    async warmUp() {
      await known()
    },
  }
}
