import pg from 'pg'

/** What every session of OBCMS in the database has. */
export const sessionSettings = (statementSeconds: number): Record<string, string> => ({
  timezone: 'Asia/Manila',
  statement_timeout: `${statementSeconds}s`,
  idle_in_transaction_session_timeout: '60s',
})

/**
 * Ties them to the role of `url` in its database: PgBouncer takes no settings at the start of a session. Sessions that say
 * their own, as `obcms migrate` and pg_dump do, keep those.
 */
export async function keepSessionSettings(url: string, statementSeconds: number): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<{ name: string }>('SELECT current_database() AS name')
    const database = pg.escapeIdentifier(rows[0]?.name ?? '')
    for (const [name, value] of Object.entries(sessionSettings(statementSeconds)))
      await client.query(`ALTER ROLE CURRENT_USER IN DATABASE ${database} SET ${name} = ${pg.escapeLiteral(value)}`)
  } finally {
    await client.end()
  }
}
