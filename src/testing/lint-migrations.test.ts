import { describe, expect, test } from 'vitest'
import { problemsOf } from './lint-migrations.ts'

const of = (text: string, file = '0100_test.sql') => problemsOf(file, text)
const outside = '-- obcms: no-transaction\n'

describe('refused, with what to write instead', () => {
  test.each([
    ['DROP TABLE users', /DROP TABLE: .*drop it in the next one/],
    ['ALTER TABLE users DROP COLUMN name', /DROP COLUMN name: .*obcms: contract/],
    ['ALTER TABLE users RENAME COLUMN name TO title', /RENAME: .*beside it/],
    ['ALTER TABLE users RENAME TO people', /RENAME/],
    [`ALTER TYPE kinds RENAME VALUE 'a' TO 'b'`, /RENAME VALUE/],
    ['ALTER TABLE users ALTER COLUMN name TYPE varchar(10)', /ALTER COLUMN name TYPE rewrites/],
    [
      'ALTER TABLE users ALTER COLUMN name SET NOT NULL',
      /ADD CONSTRAINT users_name_not_null CHECK \(name IS NOT NULL\) NOT VALID/,
    ],
    ['ALTER TABLE users ADD COLUMN age int NOT NULL', /column age: NOT NULL without a DEFAULT/],
    ['ALTER TABLE users ADD COLUMN key uuid DEFAULT gen_random_uuid()', /differs by row rewrites/],
    ['ALTER TABLE users ADD COLUMN at timestamptz DEFAULT clock_timestamp()', /differs by row/],
    ['ALTER TABLE users ADD COLUMN n bigserial', /computed value rewrites/],
    ['ALTER TABLE users ADD COLUMN n int GENERATED ALWAYS AS IDENTITY', /computed value rewrites/],
    ['ALTER TABLE users ADD COLUMN place text REFERENCES places', /REFERENCES or CHECK reads/],
    ['ALTER TABLE users ADD COLUMN code text UNIQUE', /UNIQUE builds an index under a lock/],
    ['ALTER TABLE users ADD FOREIGN KEY (place) REFERENCES places', /FOREIGN KEY .*NOT VALID/],
    ['ALTER TABLE users ADD CHECK (age > 0)', /CHECK .*NOT VALID/],
    ['ALTER TABLE users ADD UNIQUE (name)', /USING INDEX/],
    [
      'ALTER TABLE users ADD CHECK (a > 0) NOT VALID;\nALTER TABLE users VALIDATE CONSTRAINT users_check',
      /:2: VALIDATE .*next file/,
    ],
    ['CREATE INDEX users_name ON users (name)', /without CONCURRENTLY: .*no-transaction/],
    ['DROP INDEX users_name', /DROP INDEX CONCURRENTLY/],
    ['CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON users (name)', /inside a transaction/],
    ['DROP INDEX CONCURRENTLY IF EXISTS i', /inside a transaction/],
    ['LOCK TABLE users', /LOCK TABLE/],
    ['TRUNCATE users', /TRUNCATE: .*portions/],
    [`UPDATE users SET name = 'x'`, /UPDATE of rows of users: .*job/],
    ['DELETE FROM users WHERE id IS NULL', /DELETE of rows of users/],
    ['WITH gone AS (DELETE FROM users RETURNING *) INSERT INTO old SELECT * FROM gone', /DELETE of rows of users/],
    ['DO $$ BEGIN DELETE FROM users; END $$', /DO hides/],
    ['BEGIN; SELECT 1; COMMIT', /BEGIN and COMMIT/],
    ['REINDEX TABLE users', /REINDEX/],
    [`${outside}CREATE INDEX CONCURRENTLY i ON users (name);`, /run twice: .*IF NOT EXISTS/],
    [`${outside}CREATE TABLE t (a int);`, /run twice/],
    [`${outside}DROP INDEX CONCURRENTLY IF EXISTS a; DROP INDEX CONCURRENTLY IF EXISTS b;`, /at the end of its line/],
    ['SELEC 1', /syntax error/],
    ['-- obcms: contract\nDROP TABLE users', /needs a reason/],
    ['-- obcms: contracts for a reason\nDROP TABLE users', /there is no mark/],
    ['-- obcms: lock-timeout long\nSELECT 1', /30min and the reason/],
  ])('%s', (text, words) => {
    expect(of(text).join('\n')).toMatch(words)
  })
})

describe('taken', () => {
  test.each([
    [
      'CREATE TABLE t (a int NOT NULL REFERENCES users);\nCREATE INDEX ON t (a);\nALTER TABLE t ADD UNIQUE (a);\nUPDATE t SET a = 1',
    ],
    ['ALTER TABLE users ADD COLUMN age int'],
    ['ALTER TABLE users ADD COLUMN age int NOT NULL DEFAULT 0'],
    ['ALTER TABLE users ADD COLUMN at timestamptz NOT NULL DEFAULT now()'],
    ['ALTER TABLE users ADD CONSTRAINT c CHECK (age > 0) NOT VALID'],
    ['ALTER TABLE users VALIDATE CONSTRAINT users_age_not_null;\nALTER TABLE users ALTER COLUMN age SET NOT NULL'],
    ['ALTER TABLE users ADD CONSTRAINT u UNIQUE USING INDEX users_name'],
    [`INSERT INTO kinds VALUES ('a;')`],
    [
      `${outside}-- Why.\nCREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON users (name);\nDROP INDEX CONCURRENTLY IF EXISTS j;\n`,
    ],
    ['-- obcms: contract nobody reads it since 1.2\nALTER TABLE users DROP COLUMN name'],
    ['-- obcms: locks twelve rows\nUPDATE kinds SET name = lower(name)'],
  ])('%s', (text) => {
    expect(of(text)).toEqual([])
  })

  test('a mark covers only its own: a lock is no contract', () => {
    expect(of('-- obcms: locks a small table\nDROP TABLE users')).toHaveLength(1)
    expect(of('-- obcms: contract unused\nCREATE INDEX i ON users (a)')).toHaveLength(1)
  })

  test('the first release is as it is', () => {
    expect(of('DROP TABLE users', '0006_test.sql')).toEqual([])
  })
})

test('TypeScript says what it is', () => {
  const up = '\nexport async function up() {}\n'
  expect(of(up, '0100_test.ts').join()).toMatch(/export const kind/)
  expect(of(`export const kind = 'contract'${up}`, '0100_test.ts').join()).toMatch(/say why/)
  expect(of(`export const kind = 'expand'${up}`, '0100_test.ts')).toEqual([])
  expect(of(`// obcms: contract gone since 1.2\nexport const kind = 'contract' as const${up}`, '0100_test.ts')).toEqual(
    [],
  )
})
