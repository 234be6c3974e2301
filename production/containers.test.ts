import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { loadConfig } from '../src/server/platform/config.ts'
import { nameOf, type Setting, settings } from '../src/server/platform/settings.ts'
import { install } from '../src/testing/peers/installation.ts'
import { program } from '../src/testing/peers/peer.ts'

const root = fileURLToPath(new URL('../', import.meta.url))
const room = mkdtempSync(join(tmpdir(), 'obcms-containers-'))
const installation = install({})
afterAll(async () => {
  rmSync(room, { recursive: true })
  await installation.close()
})

const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const example = read('.env.production.example')
const envOf = (text: string): Record<string, string> =>
  Object.fromEntries([...text.matchAll(/^([A-Z0-9_]+)=(.*)$/gm)].map(([, name, value]) => [name, value]))

const names = new Set((Object.values(settings) as Setting<unknown>[]).map(nameOf))
const secretNames = (Object.values(settings) as Setting<unknown>[]).filter((entry) => entry.secret).map(nameOf)
const isSetting = (name: string) =>
  names.has(name) || (name.endsWith('_FILE') && secretNames.includes(name.slice(0, -'_FILE'.length)))

/** What an operator writes where the example is empty. */
const random = randomBytes(48).toString('base64')
const filled = example.replace(/^SECRET_KEY=$/m, `SECRET_KEY=${random}`).replace(/^POSTGRES_PASSWORD=$/m, '$&a1b2c3')

describe('the production example', () => {
  test('names settings that there are, and leaves every secret empty', () => {
    const compose = [...read('docker-compose.prod.yml').matchAll(/\$\{([A-Z0-9_]+)/g)].map(([, name]) => name)
    const known = ['COMPOSE_FILE', 'COMPOSE_PROFILES', ...compose]
    const named = [...example.matchAll(/^#?([A-Z0-9_]+)=/gm)].map(([, name]) => name ?? '')
    expect(named.filter((name) => !isSetting(name) && !known.includes(name))).toEqual([])
    const values = envOf(example)
    expect([...secretNames, 'POSTGRES_PASSWORD'].filter((name) => values[name])).toEqual([])
  })

  test('is refused as it is, and taken once filled in', () => {
    const outside = { DATABASE_URL: 'postgres://obcms@db/obcms', REDIS_URL: 'redis://redis' }
    expect(() => loadConfig({ ...envOf(example), ...outside })).toThrow('SECRET_KEY is missing')
    expect(loadConfig({ ...envOf(filled), ...outside })).toMatchObject({ production: true, mailBackend: 'smtp' })
  })
})

interface Service {
  command?: string[]
  entrypoint?: string[]
  environment?: Record<string, string>
  depends_on?: Record<string, { condition: string }>
  healthcheck?: { test?: string[]; start_period?: string; disable?: boolean }
  ports?: unknown[]
  restart?: string
  read_only?: boolean
  stop_grace_period?: string
  mem_limit?: string | number
  profiles?: string[]
}
interface Project {
  services: Record<string, Service>
  volumes: Record<string, unknown>
  networks: Record<string, { internal?: boolean }>
}

const client = program('/usr/bin/docker-compose', '/usr/local/bin/docker-compose')
const noClient = client ? undefined : 'no Compose client on this machine (Debian: apt-get install docker-compose)'

describe('docker-compose.prod.yml', () => {
  function configured(env: string): Project {
    writeFileSync(join(room, '.env'), env)
    writeFileSync(join(room, 'docker-compose.prod.yml'), read('docker-compose.prod.yml'))
    const options = { cwd: room, encoding: 'utf8' as const, stdio: 'pipe' as const }
    return parse(execFileSync(client ?? '', ['config'], { ...options, env: { PATH: process.env.PATH } }))
  }

  test('is taken by a Compose client; without a database password it is not', (context) => {
    context.skip(noClient !== undefined, noClient)
    const { services, volumes, networks } = configured(filled)
    const always = Object.entries(services).filter(([, service]) => !service.profiles)
    expect(always.map(([name]) => name).sort()).toEqual(['db', 'migrate', 'redis', 'web', 'worker'])
    for (const name of ['pgbouncer', 'traefik']) expect(services[name]?.profiles).toEqual([name])
    expect(Object.keys(volumes)).toEqual(expect.arrayContaining(['postgres_data', 'redis_data', 'media_volume']))
    expect(networks.backend?.internal).toBe(true)
    expect(() => configured(example)).toThrow('POSTGRES_PASSWORD')
  })

  test('its environment starts OBCMS in production', (context) => {
    context.skip(noClient !== undefined, noClient)
    const { services } = configured(filled)
    for (const name of ['migrate', 'web', 'worker']) {
      const config = loadConfig(services[name]?.environment ?? {})
      expect(config).toMatchObject({ production: true, host: '0.0.0.0', port: 8000, dataDir: '/var/lib/obcms' })
      expect(config.databaseUrl).toBe('postgres://obcms:a1b2c3@db:5432/obcms')
    }
  })

  test('starts in order, stops in time, and shows no database to the outside', (context) => {
    context.skip(noClient !== undefined, noClient)
    const { services } = configured(filled)
    const { db, redis, migrate, web, worker } = services
    const healthy = { condition: 'service_healthy' }
    for (const service of [web, worker])
      expect(service?.depends_on).toEqual({
        db: healthy,
        redis: healthy,
        migrate: { condition: 'service_completed_successfully' },
      })
    expect(migrate).toMatchObject({ restart: 'no', depends_on: { db: healthy, redis: healthy } })
    expect(db?.healthcheck?.start_period).toBe('30s')
    expect([db?.ports, redis?.ports, worker?.ports]).toEqual([undefined, undefined, undefined])
    expect(JSON.stringify(web?.ports)).toContain('127.0.0.1')
    for (const service of [migrate, web, worker]) expect(service?.read_only).toBe(true)
    for (const service of Object.values(services)) expect(service.mem_limit).toBeDefined()
    const config = loadConfig(web?.environment ?? {})
    const seconds = (text = '') => {
      const [, minutes = 0, rest = 0] = /^(?:(\d+)m)?(?:(\d+)s)?$/.exec(text) ?? []
      return Number(minutes) * 60 + Number(rest)
    }
    expect(seconds(web?.stop_grace_period)).toBeGreaterThanOrEqual(config.gracefulSeconds + config.stopDelaySeconds + 5)
    expect(seconds(worker?.stop_grace_period)).toBeGreaterThanOrEqual(config.workerGracefulSeconds + 5)
  })
})

describe('the Kubernetes manifests', () => {
  const folder = 'deploy/kubernetes'
  const kustomization = parse(read(`${folder}/kustomization.yaml`))
  // biome-ignore lint/suspicious/noExplicitAny: shapes of another project's objects
  const objects: any[] = kustomization.resources.flatMap((file: string) =>
    parseAllDocuments(read(`${folder}/${file}`)).map((document) => {
      expect(document.errors).toEqual([])
      return document.toJS()
    }),
  )
  const named = (kind: string, name: string) =>
    objects.find((entry) => entry.kind === kind && entry.metadata.name === name)
  const workloads = objects.filter((entry) => ['Deployment', 'Job'].includes(entry.kind))

  test('are all listed', () => {
    const files = readdirSync(join(root, folder)).filter((file) => file !== 'kustomization.yaml')
    expect(files.sort()).toEqual([...kustomization.resources].sort())
    expect(workloads.map((entry) => entry.metadata.name)).toEqual(['obcms-migrate', 'obcms-web', 'obcms-worker'])
  })

  test('refer to what is there', () => {
    for (const { spec } of workloads) {
      const pod = spec.template.spec
      for (const volume of pod.volumes) {
        const claim = volume.persistentVolumeClaim?.claimName
        if (claim) expect(named('PersistentVolumeClaim', claim)).toBeDefined()
        if (volume.secret) expect(volume.secret.secretName).toBe('obcms')
      }
      const [box] = pod.containers
      expect(named('ConfigMap', box.envFrom[0].configMapRef.name)).toBeDefined()
      expect(box.image).toBe(kustomization.images[0].name)
      const volumes = pod.volumes.map((entry: { name: string }) => entry.name)
      expect(box.volumeMounts.map((entry: { name: string }) => entry.name)).toEqual(volumes)
      expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 10001 })
      expect(box.securityContext.readOnlyRootFilesystem).toBe(true)
      if (spec.selector) expect(spec.template.metadata.labels).toEqual(spec.selector.matchLabels)
    }
    const web = named('Deployment', 'obcms-web')
    const service = named('Service', 'obcms-web').spec
    expect(service.selector).toEqual(web.spec.template.metadata.labels)
    expect(web.spec.template.spec.containers[0].ports[0].name).toBe(service.ports[0].targetPort)
    expect(named('PodDisruptionBudget', 'obcms-web').spec.selector.matchLabels).toEqual(service.selector)
    const { kind, name } = named('HorizontalPodAutoscaler', 'obcms-web').spec.scaleTargetRef
    expect(named(kind, name)).toBeDefined()
    const backend = named('Ingress', 'obcms').spec.rules[0].http.paths[0].backend.service
    expect(named('Service', backend.name).spec.ports[0].name).toBe(backend.port.name)
  })

  test('have settings that start OBCMS, and time for its drains', () => {
    const { data } = named('ConfigMap', 'obcms')
    const secret: Record<string, string> = {
      'secret-key': random,
      'database-url': 'postgres://obcms@db/obcms',
      'redis-url': 'redis://redis',
      'email-password': 'x',
      'metrics-token': 'x',
    }
    const env: Record<string, string> = { OBCMS_ENV: 'production' }
    for (const [name, value] of Object.entries<string>(data)) {
      const key = /^\/run\/secrets\/obcms\/(.+)$/.exec(value)?.[1]
      env[name] = key ? join(room, key) : value
      if (key) writeFileSync(join(room, key), secret[key] ?? '')
    }
    const config = loadConfig(env)
    const patience = (name: string) => named('Deployment', name).spec.template.spec.terminationGracePeriodSeconds
    expect(patience('obcms-web')).toBeGreaterThanOrEqual(config.gracefulSeconds + config.stopDelaySeconds + 5)
    expect(patience('obcms-worker')).toBeGreaterThanOrEqual(config.workerGracefulSeconds + 5)
  })
})

describe('what operators are told', () => {
  const files = [
    ...readdirSync(join(root, 'docs/deployment')).map((file) => `docs/deployment/${file}`),
    ...readdirSync(join(root, 'deploy'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.endsWith('.sh'))
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length)),
    ...['docker-compose.prod.yml', 'Dockerfile', '.env.production.example'],
  ]
  const told = new Map(files.map((file) => [file, read(file)]))
  const groups = ['users', 'import', 'demo', 'jobs', 'media', 'backup']
  /** Of Compose, of this folder's Compose file, and of PostgreSQL and npm. */
  const ofOthers = [
    'COMPOSE_FILE',
    'COMPOSE_PROFILES',
    'OBCMS_VERSION',
    'OBCMS_HOST',
    'ACME_EMAIL',
    'POSTGRES_PASSWORD',
    'DB_HOST',
    'WEB_PORT',
  ]

  test('names commands and options that there are', async () => {
    const commands = new Map<string, Set<string>>()
    for (const text of told.values())
      for (const [, words = '', flags = ''] of text.matchAll(
        /(?<=^|[\s`/"[])obcms ((?:[a-z][a-z-]+ ?)+)((?:--[a-z-]+ ?)*)/gm,
      )) {
        const [verb = '', noun = ''] = words.trim().split(' ')
        const command = groups.includes(verb) ? `${verb} ${noun}`.trim() : verb
        commands.set(command, new Set([...(commands.get(command) ?? []), ...flags.split(' ').filter(Boolean)]))
      }
    expect([...commands.keys()]).toEqual(expect.arrayContaining(['serve', 'worker', 'migrate', 'users create-admin']))
    const { said: all } = await installation.run(['--help'])
    for (const [command, flags] of commands) {
      const verb = command.split(' ')[0] ?? ''
      const isThere = new RegExp(`^ {2}${verb}\\b`, 'm').test(all)
      expect({ command, isThere }).toEqual({ command, isThere: true })
      const { code, said } = await installation.run([...command.split(' '), '--help'])
      expect({ command, code }).toEqual({ command, code: 0 })
      for (const flag of flags) {
        const whole = `${command} ${flag}`
        expect({ whole, isThere: said.includes(flag) }).toEqual({ whole, isThere: true })
      }
    }
  })

  test('names settings that there are', () => {
    for (const [file, text] of told) {
      if (!file.startsWith('docs/') && !file.startsWith('deploy/kubernetes') && !file.startsWith('deploy/systemd'))
        continue
      const named = [...text.matchAll(/\b[A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+\b/g)].map(([name]) => name)
      expect({ file, unknown: named.filter((name) => !isSetting(name) && !ofOthers.includes(name)) }).toEqual({
        file,
        unknown: [],
      })
    }
  })
})
