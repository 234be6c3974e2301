import { tables } from '#contract/endpoints.ts'
import { accountsModule } from './modules/accounts/index.ts'
import { type BackupsParts, type BackupsService, backupsJobs, backupsModule } from './modules/backups/index.ts'
import { communitiesJobs, communitiesModule } from './modules/communities/index.ts'
import { contentsJobs, contentsModule } from './modules/contents/index.ts'
import { type DemoService, demoModule } from './modules/demo/index.ts'
import { type FilesModule, type FilesService, filesModule } from './modules/files/index.ts'
import { type IdentityModule, identityJobs, identityModule } from './modules/identity/index.ts'
import { type ImportsService, importsJobs, importsModule } from './modules/imports/index.ts'
import { type JobsService, jobsModule } from './modules/jobs/index.ts'
import { type Media, mediaJobs, mediaModule } from './modules/media/index.ts'
import { organisationsModule } from './modules/organisations/index.ts'
import { placesJobs, placesModule } from './modules/places/index.ts'
import { reportsJobs, reportsModule } from './modules/reports/index.ts'
import { type SystemDeps, type SystemModule, systemJobs, systemModule } from './modules/system/index.ts'
import { uploadsJobs, uploadsModule } from './modules/uploads/index.ts'
import { drainOf } from './platform/drain.ts'
import { eventsModule } from './platform/events/events.http.ts'
import { tidyEvents } from './platform/events/events.jobs.ts'
import { createEvents } from './platform/events/events.ts'
import { requestIds } from './platform/gate.ts'
import { type Probes, serveProbes } from './platform/health.ts'
import { createHttp, type HttpServer } from './platform/http.ts'
import { installQueues, type Job, type JobRegistration } from './platform/jobs.ts'
import { serveMetrics } from './platform/metrics.ts'
import { migrate } from './platform/migrate.ts'
import { openApi, serveDescription } from './platform/openapi.ts'
import { rateLimits } from './platform/rate-limits.ts'
import { serveSite } from './platform/static/serve-site.ts'
import { version } from './platform/version.ts'

export { listBackups, newKeyPair, restoreBackup, showBackup, verifyBackup } from './modules/backups/index.ts'
export { whyPasswordRefused } from './modules/identity/index.ts'

/** Every job of every module, so that `obcms migrate` can make its queue. */
export const allJobs: readonly Job[] = [
  ...identityJobs,
  ...placesJobs,
  ...communitiesJobs,
  ...importsJobs,
  ...contentsJobs,
  ...reportsJobs,
  ...mediaJobs,
  tidyEvents,
  ...systemJobs,
  ...uploadsJobs,
  ...backupsJobs,
]

export interface Composition {
  /** Reads what the first requests need, so that they are as fast as the next. */
  warmUp(): Promise<void>
  /** @param siteDir folder of the built web pages; absent: the API alone */
  createServer(siteDir?: string): Promise<HttpServer & { probes: Probes; drain: ReturnType<typeof drainOf> }>
  registrations: readonly JobRegistration[]
  demo: DemoService
  files: FilesService
  identity: Pick<IdentityModule, 'hasAdministrator' | 'createAdministrator'>
  imports: ImportsService
  jobs: JobsService
  media: Media
  backups: BackupsService
  /** Ends the open event streams, which would else keep a draining process waiting; a closing server does it by itself. */
  closeStreams(): void
  /** Keeps the figures and security events of this process, for administrators. */
  startKeeping: SystemModule['keeping']['start']
}

/** Schema and queues of a database that nobody uses yet. */
export const prepareDatabase = (url: string, to?: string): Promise<void> =>
  migrate(url, { ...(to && { to }), finish: () => installQueues(url, allJobs) })

/** The only list of modules. */
export function compose(deps: Omit<SystemDeps, 'ready'> & BackupsParts): Composition {
  const identity = identityModule(deps)
  const events = createEvents({ ...deps, standing: identity.standing })
  identity.whenForgotten(events.accessChanged)
  const places = placesModule(deps)
  const communities = communitiesModule({ ...deps, places: places.service })
  const imports = importsModule({ ...deps, places: places.service, emit: events.emit })
  const contents = contentsModule({ ...deps, textRead: (...read) => files.service.textRead(...read) })
  const files: FilesModule = filesModule({ ...deps, expect: contents.expect })
  const accounts = accountsModule({ ...deps, forgetAccess: identity.forgetAccess })
  const organisations = organisationsModule(deps)
  const limitRate = rateLimits(deps)
  const jobs = jobsModule({ ...deps, known: allJobs })
  const media = mediaModule(deps)
  let probes: Probes | undefined
  const system = systemModule({ ...deps, ready: async () => (await probes?.look()) ?? {} })
  const backups = backupsModule({ ...deps, prepare: prepareDatabase })
  const modules = [
    identity,
    accounts,
    organisations,
    places,
    communities,
    imports,
    files,
    uploadsModule({ ...deps, files: files.service, actorOf: identity.actorOf }),
    contents,
    jobs,
    reportsModule(deps),
    media,
    eventsModule(events, deps),
    system,
    backups,
  ]

  const registrations = modules.flatMap((module) => module.jobs)
  const names = registrations.map((registration) => registration.job.name).sort()
  const expected = allJobs.map((job) => job.name).sort()
  if (names.join() !== expected.join()) throw new Error(`every job needs exactly one handler: ${expected} / ${names}`)

  return {
    registrations,
    demo: demoModule({ ...deps, places: places.service }).service,
    files: files.service,
    identity,
    imports: imports.service,
    jobs: jobs.service,
    media: media.media,
    backups: backups.service,
    closeStreams: events.closeStreams,
    startKeeping: system.keeping.start,
    warmUp: places.service.warmUp,
    async createServer(siteDir) {
      const server = await createHttp({
        log: deps.log,
        config: deps.config,
        security: deps.security,
        metrics: deps.metrics,
        async resolveActor(request, requestId) {
          const actor = await identity.resolveActor(request, requestId).catch(async (error: unknown) => {
            await limitRate(undefined, request.client.address)
            throw error
          })
          await limitRate(actor, request.client.address)
          return actor
        },
      })
      const drain = drainOf(server.app)
      for (const module of modules) module.http(server)
      const description = JSON.stringify(openApi(tables, version))
      serveDescription(server.app, description)
      probes = serveProbes(server.app, { version, checks: deps.checks, secret: deps.config.healthSecret })
      serveMetrics(server.app, { config: deps.config, metrics: deps.metrics })
      const { config, metrics } = deps
      if (siteDir)
        await serveSite(server.app, siteDir, { metrics, requestId: requestIds(config), staticUrl: config.staticUrl })
      await system.keeping.serving()
      return { ...server, probes, drain }
    },
  }
}
