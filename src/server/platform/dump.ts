/**
 * The database as rows: the front door of `dump/`. A dump has no schema in it; that is made by the migrations whose names it
 * records, so it does not depend on the server's version and needs no program of PostgreSQL.
 */

export { readCatalogue } from './dump/catalogue.ts'
export { loadJobs, loadTables } from './dump/load.ts'
export { RowMeter } from './dump/meter.ts'
export { withScratchDatabase } from './dump/scratch.ts'
export { openSession } from './dump/session.ts'
export { measureTable, type Snapshot, withSnapshot } from './dump/unload.ts'
