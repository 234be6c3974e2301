import pg from 'pg'

/** A connection of its own for long statements, whose texts do not depend on settings of the server or the role. */
export async function openSession(url: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'obcms backup',
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
  })
  // Whoever waits for an answer sees the loss.
  client.on('error', () => {})
  await client.connect()
  await client.query(`
    SET timezone = 'UTC'; SET datestyle = 'ISO, MDY'; SET intervalstyle = 'postgres'; SET extra_float_digits = 1;
    SET bytea_output = 'hex'; SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0;
    SET idle_session_timeout = 0; SET row_security = off`)
  // The server notices within seconds that this process was killed. Some systems cannot.
  await client.query(`SET client_connection_check_interval = '2s'`).catch(() => {})
  return client
}
