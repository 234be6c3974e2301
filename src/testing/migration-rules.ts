import type { AlterTableCmd, ColumnDef, Constraint, Node } from 'libpg-query'

/** `breaks`: the previous release fails on it; allowed with `obcms: contract`. `locks`: people wait for it; with `obcms: locks`. */
export interface Objection {
  kind: 'breaks' | 'locks' | 'never'
  what: string
  instead: string
}

/** What a file has done so far, as its statements are read one after the other. */
export interface FileSoFar {
  inTransaction: boolean
  created: Set<string>
  validated: Set<string>
  /** Tables that got a constraint which is not validated yet. */
  unvalidated: Set<string>
}

const breaks = (what: string, instead: string): Objection => ({ kind: 'breaks', what, instead })
const locks = (what: string, instead: string): Objection => ({ kind: 'locks', what, instead })
const never = (what: string, instead: string): Objection => ({ kind: 'never', what, instead })

const dropLater =
  'stop using it in this release, and drop it in the next one in a file marked “obcms: contract <reason>”'
const addBeside = 'add the new one beside it, write both, fill it by a job, and drop the old one a release later'
const notValid = 'add it with NOT VALID, and VALIDATE CONSTRAINT in the next file'
const outside = 'a file of its own with “-- obcms: no-transaction” in its head'

const dropped: Record<string, string> = {
  OBJECT_TABLE: 'DROP TABLE',
  OBJECT_VIEW: 'DROP VIEW',
  OBJECT_MATVIEW: 'DROP MATERIALIZED VIEW',
  OBJECT_TYPE: 'DROP TYPE',
  OBJECT_SEQUENCE: 'DROP SEQUENCE',
  OBJECT_SCHEMA: 'DROP SCHEMA',
  OBJECT_FUNCTION: 'DROP FUNCTION',
}
const renamesHarm = [
  'OBJECT_TABLE',
  'OBJECT_COLUMN',
  'OBJECT_VIEW',
  'OBJECT_TYPE',
  'OBJECT_FUNCTION',
  'OBJECT_ATTRIBUTE',
]
/** Functions whose value stands still during a statement: as a default they do not rewrite the table. */
const steady = ['now', 'transaction_timestamp', 'statement_timestamp']

function* everyNode(value: unknown): Generator<[string, Record<string, unknown>]> {
  if (typeof value !== 'object' || value === null) return
  for (const [key, child] of Object.entries(value)) {
    if (/^[A-Z]/.test(key)) yield [key, child as Record<string, unknown>]
    yield* everyNode(child)
  }
}

const lastName = (names: unknown): string =>
  (names as { String?: { sval?: string } }[] | undefined)?.at(-1)?.String?.sval ?? ''
const isVolatile = (expression: unknown): boolean =>
  [...everyNode({ Expression: expression })].some(
    ([key, node]) => key === 'FuncCall' && !steady.includes(lastName(node.funcname)),
  )

function objectsToNewColumn(column: ColumnDef): Objection[] {
  const constraints = (column.constraints ?? []).map(
    (node) => ('Constraint' in node ? node.Constraint : {}) as Constraint,
  )
  const has = (type: string) => constraints.find((constraint) => constraint.contype === type)
  const found: Objection[] = []
  const standing = has('CONSTR_DEFAULT')
  const name = `column ${column.colname}`
  if (has('CONSTR_NOTNULL') && !standing)
    found.push(breaks(`${name}: NOT NULL without a DEFAULT`, 'give it a constant DEFAULT, or let it be null'))
  if (standing && isVolatile(standing.raw_expr))
    found.push(
      locks(
        `${name}: a default that differs by row rewrites the table`,
        'add it without, set the default next, and fill old rows by a job',
      ),
    )
  if (has('CONSTR_IDENTITY') || has('CONSTR_GENERATED') || /serial$/.test(lastName(column.typeName?.names)))
    found.push(locks(`${name}: a computed value rewrites the table`, 'add a plain column, and fill it by a job'))
  if (has('CONSTR_FOREIGN') || has('CONSTR_CHECK'))
    found.push(
      locks(
        `${name}: REFERENCES or CHECK reads the whole table`,
        `add the column alone; then the constraint: ${notValid}`,
      ),
    )
  if (has('CONSTR_UNIQUE') || has('CONSTR_PRIMARY'))
    found.push(locks(`${name}: UNIQUE builds an index under a lock`, `build the index CONCURRENTLY in ${outside}`))
  return found
}

function objectsToConstraint(constraint: Constraint, table: string, file: FileSoFar): Objection[] {
  const type = constraint.contype
  if (type === 'CONSTR_FOREIGN' || type === 'CONSTR_CHECK') {
    if (constraint.skip_validation) {
      file.unvalidated.add(table)
      return []
    }
    return [locks(`${type === 'CONSTR_CHECK' ? 'CHECK' : 'FOREIGN KEY'} reads the whole table under a lock`, notValid)]
  }
  if ((type === 'CONSTR_UNIQUE' || type === 'CONSTR_PRIMARY') && !constraint.indexname)
    return [
      locks(
        'UNIQUE builds its index under a lock',
        `CREATE UNIQUE INDEX CONCURRENTLY in ${outside}, then ADD CONSTRAINT … USING INDEX`,
      ),
    ]
  if (type === 'CONSTR_EXCLUSION')
    return [locks('EXCLUDE builds its index under a lock', 'do it at a quiet hour, marked')]
  if (type === 'CONSTR_NOTNULL')
    return [locks('NOT NULL reads the whole table under a lock', notNullPath(table, 'column'))]
  return []
}

const notNullPath = (table: string, column: string): string =>
  `ADD CONSTRAINT ${table}_${column}_not_null CHECK (${column} IS NOT NULL) NOT VALID; in the next file VALIDATE CONSTRAINT it, then SET NOT NULL`

function objectsToChange(command: AlterTableCmd, table: string, file: FileSoFar): Objection[] {
  const { subtype, name = '', def } = command
  switch (subtype) {
    case 'AT_DropColumn':
      return [breaks(`DROP COLUMN ${name}`, dropLater)]
    case 'AT_AlterColumnType':
      return [breaks(`ALTER COLUMN ${name} TYPE rewrites the table`, addBeside)]
    case 'AT_SetNotNull':
      return file.validated.has(`${table}_${name}_not_null`)
        ? []
        : [locks(`SET NOT NULL on ${name} reads the whole table under a lock`, notNullPath(table, name))]
    case 'AT_AddColumn':
      return def && 'ColumnDef' in def ? objectsToNewColumn(def.ColumnDef) : []
    case 'AT_AddConstraint':
      return def && 'Constraint' in def ? objectsToConstraint(def.Constraint, table, file) : []
    case 'AT_ValidateConstraint':
      file.validated.add(name)
      return file.unvalidated.has(table) && file.inTransaction
        ? [
            locks(
              'VALIDATE in the transaction that added the constraint keeps its lock',
              'VALIDATE CONSTRAINT in the next file',
            ),
          ]
        : []
    default:
      return []
  }
}

const repeatable = (node: Node): boolean =>
  ('IndexStmt' in node && !!node.IndexStmt.concurrent && !!node.IndexStmt.if_not_exists) ||
  ('DropStmt' in node && !!node.DropStmt.concurrent && !!node.DropStmt.missing_ok) ||
  ('AlterEnumStmt' in node && !!node.AlterEnumStmt.skipIfNewValExists) ||
  ('AlterTableStmt' in node &&
    !!node.AlterTableStmt.cmds?.every(
      (cmd) => 'AlterTableCmd' in cmd && cmd.AlterTableCmd.subtype === 'AT_ValidateConstraint',
    ))

/** What is wrong with one statement; notes in `file` what later ones may build on. */
export function objectionsTo(node: Node, file: FileSoFar): Objection[] {
  const exists = (table = ''): boolean => !file.created.has(table)
  const found: Objection[] = []
  if (!file.inTransaction && !repeatable(node))
    found.push(
      never(
        'outside a transaction only what can run twice',
        'CREATE INDEX CONCURRENTLY IF NOT EXISTS, DROP INDEX CONCURRENTLY IF EXISTS, VALIDATE CONSTRAINT, ADD VALUE IF NOT EXISTS; the rest in another file',
      ),
    )
  if ('CreateStmt' in node) file.created.add(node.CreateStmt.relation?.relname ?? '')
  if ('CreateTableAsStmt' in node) file.created.add(node.CreateTableAsStmt.into?.rel?.relname ?? '')
  if ('TransactionStmt' in node) found.push(never('BEGIN and COMMIT', 'leave them out: a file runs in one transaction'))
  if ('DoStmt' in node)
    found.push(locks('DO hides what it does', 'write the statements out, or a migration in TypeScript'))
  if ('LockStmt' in node) found.push(locks('LOCK TABLE', 'leave it out: statements take the locks that they need'))
  if ('TruncateStmt' in node) found.push(breaks('TRUNCATE', 'a job that removes rows in portions'))
  if ('ClusterStmt' in node || 'VacuumStmt' in node) found.push(locks('CLUSTER and VACUUM', 'they are no migration'))
  if ('ReindexStmt' in node) found.push(locks('REINDEX', 'a new index CONCURRENTLY, then DROP INDEX CONCURRENTLY'))
  if ('AlterEnumStmt' in node && node.AlterEnumStmt.oldVal) found.push(breaks('RENAME VALUE', addBeside))
  if (
    'RenameStmt' in node &&
    renamesHarm.includes(node.RenameStmt.renameType ?? '') &&
    exists(node.RenameStmt.relation?.relname)
  )
    found.push(breaks('RENAME', addBeside))
  if ('DropStmt' in node) {
    const { removeType = '', concurrent } = node.DropStmt
    if (dropped[removeType]) found.push(breaks(dropped[removeType], dropLater))
    if (removeType === 'OBJECT_INDEX' && !concurrent)
      found.push(locks('DROP INDEX without CONCURRENTLY', `DROP INDEX CONCURRENTLY IF EXISTS in ${outside}`))
    if (concurrent && file.inTransaction) found.push(never('CONCURRENTLY inside a transaction', outside))
  }
  if ('IndexStmt' in node) {
    const { relation, concurrent } = node.IndexStmt
    if (concurrent && file.inTransaction) found.push(never('CONCURRENTLY inside a transaction', outside))
    if (!concurrent && exists(relation?.relname))
      found.push(locks('CREATE INDEX without CONCURRENTLY', `CREATE INDEX CONCURRENTLY IF NOT EXISTS in ${outside}`))
  }
  if ('AlterTableStmt' in node) {
    const table = node.AlterTableStmt.relation?.relname ?? ''
    if (exists(table))
      for (const cmd of node.AlterTableStmt.cmds ?? [])
        if ('AlterTableCmd' in cmd) found.push(...objectsToChange(cmd.AlterTableCmd, table, file))
  }
  for (const [key, inner] of everyNode(node)) {
    const table = (inner.relation as { relname?: string } | undefined)?.relname
    if (['UpdateStmt', 'DeleteStmt', 'MergeStmt'].includes(key) && exists(table))
      found.push(
        locks(
          `${key.slice(0, 6).toUpperCase()} of rows of ${table}`,
          'a job that does it in portions (docs: “Add a job”)',
        ),
      )
  }
  return found
}
