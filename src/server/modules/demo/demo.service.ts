import type { ModuleDeps } from '#server/platform/module.ts'
import { addContacts, registerMany, removeDemo } from '../communities/index.ts'
import type { PlacesService } from '../places/index.ts'
import { listDemoOfficeIds } from './demo.reads.ts'
import { type DemoTown, makeDemoCommunities } from './demo.rules.ts'
import { towns } from './towns.geo.ts'

export type DemoDeps = Pick<ModuleDeps, 'db' | 'clock'> & { places: PlacesService }

/** The removable set of made-up communities. */
export interface DemoService {
  /** Adds those that are missing; edited ones stay as they are. @returns how many there are now */
  load(): Promise<number>
  /** Takes away exactly these, edited or not; their audit trail stays, and so do those with files on them. */
  remove(): Promise<{ removed: number; kept: number }>
  count(): Promise<number>
}

const doer = { system: 'obcms demo' }

export function demoService({ db, clock, places }: DemoDeps): DemoService {
  async function knownTowns(): Promise<Map<string, DemoTown>> {
    const records = await places.findPlaces(towns.map(([code]) => code))
    const known = new Map<string, DemoTown>()
    for (const [code, town] of records) {
      const barangays = (await places.children(code)).filter((place) => !place.inBarmm)
      known.set(code, { regionCode: town.regionCode, barangays })
    }
    return known
  }

  return {
    async load() {
      const made = makeDemoCommunities(await knownTowns())
      return db.transact(async (tx) => {
        const there = new Set(await listDemoOfficeIds(tx))
        const missing = made.filter((community) => !there.has(community.officeId))
        const rows = missing.map(({ contacts, ...community }) => community)
        await registerMany(tx, clock, doer, [rows], { demo: true })
        const contacts = missing.flatMap(({ officeId, contacts: all }) =>
          all.map((contact) => ({ officeId, ...contact })),
        )
        await addContacts(tx, clock, doer, contacts)
        return there.size + missing.length
      })
    },
    remove: () => db.transact((tx) => removeDemo(tx, clock, doer)),
    count: async () => (await listDemoOfficeIds(db)).length,
  }
}
