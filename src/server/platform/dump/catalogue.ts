import pg from 'pg'

export interface TableName {
  schema: string
  table: string
}

export interface TableShape extends TableName {
  /** Those that hold data of their own: generated ones come by themselves. */
  columns: string[]
}

export interface SequenceState {
  schema: string
  sequence: string
  value: string
  isCalled: boolean
}

export interface Catalogue {
  tables: TableShape[]
  /** Names of what lies in this database and is none of OBCMS: other schemas, tables of extensions and of other servers. */
  others: string[]
}

/** The queue is made by its own library; what is kept of it are its jobs. */
const queueTables = ['job']
/** Written by the migrations themselves. */
const recordTable = 'schema_migrations'

export const quoted = ({ schema, table }: TableName): string =>
  `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(table)}`

/** Tables with their columns; a partitioned table stands for its partitions. */
export async function readCatalogue(client: pg.ClientBase): Promise<Catalogue> {
  const { rows } = await client.query<TableShape & { kind: string; own: boolean }>(`
    SELECT n.nspname AS schema, c.relname AS table, c.relkind AS kind,
      c.relkind <> 'f' AND NOT EXISTS (
        SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') AS own,
      ARRAY(SELECT a.attname::text FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY a.attnum) AS columns
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'f') AND NOT c.relispartition AND c.relpersistence <> 't'
      AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
    ORDER BY n.nspname, c.relname`)
  const isOurs = ({ schema, table, own }: (typeof rows)[number]): boolean =>
    own && (schema === 'public' ? table !== recordTable : schema === 'pgboss' && queueTables.includes(table))
  const isMade = ({ schema, table }: TableName): boolean =>
    schema === 'pgboss' || (schema === 'public' && table === recordTable)
  return {
    tables: rows.filter(isOurs).map(({ schema, table, columns }) => ({ schema, table, columns })),
    others: rows.filter((row) => !isOurs(row) && !isMade(row)).map(({ schema, table }) => `${schema}.${table}`),
  }
}

/** Sequences stand outside of transactions: read after the rows that they numbered, they are never behind. */
export async function readSequences(client: pg.ClientBase): Promise<SequenceState[]> {
  const { rows } = await client.query<{ schema: string; sequence: string }>(`
    SELECT n.nspname AS schema, c.relname AS sequence FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'S' AND n.nspname = 'public' ORDER BY 1, 2`)
  const states: SequenceState[] = []
  for (const { schema, sequence } of rows) {
    const found = await client.query<{ value: string; isCalled: boolean }>(
      `SELECT last_value::text AS value, is_called AS "isCalled" FROM ${quoted({ schema, table: sequence })}`,
    )
    const state = found.rows[0]
    if (state) states.push({ schema, sequence, ...state })
  }
  return states
}
