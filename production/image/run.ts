import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync, rmSync } from 'node:fs'
import { type RequestOptions, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { SMTPServer } from 'smtp-server'
import { startNginx } from '../../src/testing/peers/nginx.ts'
import { freePort, hostOfPeers, startPeer, until } from '../../src/testing/peers/peer.ts'
import { startRedis } from '../../src/testing/peers/redis.ts'
import { begin, beginReadOnly, image, owner, run } from './container.ts'

const postgresPrograms = '/usr/lib/postgresql/15/bin'
const closers: (() => unknown)[] = []
const done = (what: string): void => console.log(`        ok  ${what}`)
const must = (isSo: boolean, what: string): void => {
  if (!isSo) throw new Error(`not so: ${what}`)
  done(what)
}
const folder = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'obcms-image-'))
  closers.push(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

async function startPostgres(): Promise<string> {
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  const account = { uid: id('-u'), gid: id('-g') }
  const dir = folder()
  chownSync(dir, account.uid, account.gid)
  const options = { ...account, cwd: dir, stdio: 'pipe' as const }
  execFileSync(join(postgresPrograms, 'initdb'), ['-A', 'trust', '-U', 'obcms', '-D', join(dir, 'data')], options)
  const port = await freePort()
  const args = ['-D', join(dir, 'data'), '-h', hostOfPeers, '-p', String(port), '-k', dir]
  const peer = await startPeer({ command: join(postgresPrograms, 'postgres'), args, port, ...account, cwd: dir })
  closers.push(peer.stop)
  const url = `postgres://obcms@${hostOfPeers}:${port}`
  await until('PostgreSQL answers', async () => {
    const client = new pg.Client(`${url}/postgres`)
    try {
      await client.connect()
      await client.query('CREATE DATABASE obcms')
      return true
    } catch {
      return false
    } finally {
      await client.end()
    }
  })
  return `${url}/obcms`
}

/** As docs/deployment/backup-and-restore.md says. */
async function rehearseRestore(url: string, migrate: (url: string) => Promise<string>): Promise<void> {
  const [dump, spare] = [join(folder(), 'obcms.dump'), url.replace(/obcms$/, 'spare')]
  const tool = (name: string, ...args: string[]) =>
    execFileSync(join(postgresPrograms, name), args, { encoding: 'utf8', stdio: 'pipe' })
  tool('pg_dump', '--format=custom', `--file=${dump}`, url)
  tool('createdb', `--maintenance-db=${url}`, 'spare')
  tool('pg_restore', `--dbname=${spare}`, '--exit-on-error', dump)
  must((await migrate(spare)).includes('up to date'), 'a dump, restored into a spare database, is whole')
}

async function startMail(): Promise<{ port: number; letters: string[] }> {
  const letters: string[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    async onData(stream, _session, taken) {
      let text = ''
      for await (const chunk of stream) text += chunk
      letters.push(text)
      taken()
    },
  })
  const port = await freePort()
  await once(server.listen(port, hostOfPeers), 'listening')
  closers.push(() => server.close())
  return { port, letters }
}

async function ask(address: string, options: RequestOptions & { json?: object } = {}) {
  const call = request(address, options)
  if (options.json) call.setHeader('Content-Type', 'application/json')
  call.end(options.json && JSON.stringify(options.json))
  const [answer] = await once(call, 'response')
  let body = ''
  for await (const chunk of answer) body += chunk
  return { status: answer.statusCode as number, body, cookies: (answer.headers['set-cookie'] ?? []) as string[] }
}

/** What `deploy/verify-container.sh` does with the finished image; ends with the first thing that is not so. */
async function verify(): Promise<void> {
  const media = folder()
  chownSync(media, owner.uid, owner.gid)
  const [database, redis, mail, port] = [await startPostgres(), await startRedis(), await startMail(), await freePort()]
  closers.push(redis.stop)
  const nginx = await startNginx({ upstreamPort: port })
  closers.push(nginx.stop)
  const env = {
    DATABASE_URL: database,
    REDIS_URL: redis.url,
    SECRET_KEY: execFileSync('openssl', ['rand', '-base64', '48'], { encoding: 'utf8' }).trim(),
    ALLOWED_HOSTS: 'localhost',
    CSRF_TRUSTED_ORIGINS: nginx.url,
    BASE_URL: nginx.url,
    EMAIL_HOST: hostOfPeers,
    EMAIL_PORT: String(mail.port),
    EMAIL_USE_TLS: '0',
    HOST: hostOfPeers,
    PORT: String(port),
    WEB_CONCURRENCY: '2',
  }
  const said = (args: string[]) => run(args, env, media)
  must(/^Uid:\s+(?!0\b)/m.test(await run(['/proc/self/status'], env, media, ['cat'])), 'it does not run as root')
  await said(['check', '--deploy'])
  done('check --deploy finds no error')
  await said(['migrate'])
  done('migrate')
  const admin = 'admin@example.org'
  const password = /Password\s+(\S+)/.exec(await said(['users', 'create-admin', '--email', admin]))?.[1] ?? ''
  must(password.length > 0, 'an administrator, made by the image')

  const web = begin(image.Cmd, env, media)
  const worker = begin(['worker'], env, media)
  const probe = (path: string) => fetch(`http://${hostOfPeers}:${port}${path}`).catch(() => undefined)
  await until(`the web is ready; so far: ${web.said()}`, async () => (await probe('/ready/'))?.status === 200, 60)
  must((await probe('/health/'))?.status === 200, '/health/ and /ready/ answer over plain HTTP')
  await run(image.Healthcheck.Test.slice(2), env, media, [image.Healthcheck.Test[1] ?? ''])
  done('the health check of the image says healthy')
  const asked = { ca: nginx.ca, headers: { Origin: nginx.url } }
  must((await ask(`${nginx.url}/health/`, asked)).status === 200, '/health/ through nginx with TLS')
  must((await ask(nginx.url, asked)).body.includes('<div id="root">'), 'the page, through nginx')
  const json = { email: admin, password }
  const entry = await ask(`${nginx.url}/api/v1/session`, { ...asked, method: 'POST', json })
  must(entry.status === 200, 'a sign-in, through nginx')
  must(
    entry.cookies.some((line) => /; Secure/i.test(line)),
    'its cookie is for https only',
  )
  const cookie = entry.cookies.map((line) => line.split(';')[0]).join('; ')
  const session = await ask(`${nginx.url}/api/v1/session`, { ca: nginx.ca, headers: { cookie } })
  must(JSON.parse(session.body).session !== null, 'signed in')
  const reset = { ...asked, method: 'POST', json: { email: admin } }
  must((await ask(`${nginx.url}/api/v1/password-resets`, reset)).status < 300, 'a request for a new password')
  await until(`the worker sends the letter; so far: ${worker.said()}`, () => mail.letters.length > 0, 60)
  must(
    mail.letters.join().includes(new URL(nginx.url).host),
    'the worker sent the letter, with the public address in it',
  )
  await rehearseRestore(database, (url) => run(['migrate'], { ...env, DATABASE_URL: url }, media))
  must((await web.stop()) === 0, 'the web ends on SIGTERM with exit code 0')
  must((await worker.stop()) === 0, 'the worker ends on SIGTERM with exit code 0')

  const settings = { ...env, NODE_ENV: 'production', OBCMS_ENV: 'production', DATA_DIR: '/var/lib/obcms' }
  const fixed = beginReadOnly([...image.Entrypoint, ...image.Cmd].join(' '), settings, media)
  await until(`the web is ready; so far: ${fixed.said()}`, async () => (await probe('/ready/'))?.status === 200, 60)
  done('the web serves with a read-only root file system')
  must((await fixed.stop()) === 0, 'and ends with exit code 0')
  const writes = beginReadOnly(
    `sh -c 'touch /app/x /etc/x /var/tmp/x; touch /tmp/x /var/lib/obcms/x && echo kept'`,
    {},
    media,
  )
  await writes.code
  const refusals = writes.said().match(/Read-only file system/g)?.length
  must(refusals === 3 && /kept/.test(writes.said()), 'where nothing but /tmp and the volume can be written')
}

async function close(): Promise<void> {
  for (const step of closers.splice(0).reverse()) await step()
}
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void close().then(() => process.exit(1)))

try {
  await verify()
} catch (error) {
  console.error(`verify-container: ${(error as Error).message}`)
  process.exitCode = 1
} finally {
  await close()
}
process.exit()
