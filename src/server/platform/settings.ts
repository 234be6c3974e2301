import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  email,
  flag,
  flagOrUnset,
  isHostPattern,
  isNetwork,
  isOrigin,
  key,
  keys,
  list,
  mailBackend,
  oneOf,
  optional,
  type Reader,
  text,
  url,
  whole,
  wholeOrUnset,
} from './setting-readers.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))

/** Loopback, private, link-local and unique local addresses. */
export const privateNetworks = [
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.0.0/16',
  '::1/128',
  'fc00::/7',
  'fe80::/10',
] as const

/** One setting: how it is read, what it is by default and why it is there. `.env.example` is made from this list. */
export interface Setting<T> {
  group: string
  /** What kind of value: `number`, `switch`, `list` … */
  type: string
  why: string
  /** `NAME=default`, or a sample where there is no default; shown in `.env.example`. */
  example: string
  secret?: true
  read: Reader<T>
}

const setting = <T>(entry: Setting<T>): Setting<T> => entry
const day = 86_400
const networks = (fallback: readonly string[]) => list(isNetwork, 'addresses or networks such as 10.0.0.0/8', fallback)

/** Every setting there is. Roots read them through `loadConfig`; nothing else reads the environment. */
export const settings = {
  env: setting({
    group: 'Mode',
    type: 'development or production',
    why: 'production refuses to start on missing or weak settings and has no development conveniences.',
    example: 'OBCMS_ENV=development',
    read: oneOf(['development', 'production'], 'development'),
  }),
  debug: setting({
    group: 'Mode',
    type: 'switch',
    why: 'Logs more, for development; refused in production.',
    example: 'DEBUG=0',
    read: flag(false),
  }),

  secretKey: setting({
    group: 'Secrets',
    type: 'text',
    why: 'Encrypts two-factor secrets. At least 50 random characters: openssl rand -base64 48. Unset in development: made once and kept under DATA_DIR.',
    example: 'SECRET_KEY=',
    secret: true,
    read: key,
  }),
  secretKeyFallbacks: setting({
    group: 'Secrets',
    type: 'list',
    why: 'Former values of SECRET_KEY, newest first: what they encrypted can still be read while a key is being replaced.',
    example: 'SECRET_KEY_FALLBACKS=',
    secret: true,
    read: keys,
  }),

  host: setting({
    group: 'Web',
    type: 'address',
    why: 'Address to listen on; 0.0.0.0 in a container.',
    example: 'HOST=127.0.0.1',
    read: text('127.0.0.1'),
  }),
  port: setting({
    group: 'Web',
    type: 'number',
    why: 'Port to listen on.',
    example: 'PORT=8000',
    read: whole(0, 65535, 8000),
  }),
  allowedHosts: setting({
    group: 'Web',
    type: 'list',
    why: 'Names under which people reach the system; .example.org covers all below it. Others get 400. Required in production. Default in development: this machine.',
    example: 'ALLOWED_HOSTS=obcms.example.gov.ph',
    read: list(isHostPattern, 'host names'),
  }),
  csrfTrustedOrigins: setting({
    group: 'Web',
    type: 'list',
    why: 'Origins from which changes may be sent by a browser, each with https://. Required in production.',
    example: 'CSRF_TRUSTED_ORIGINS=https://obcms.example.gov.ph',
    read: list(isOrigin, 'origins such as https://obcms.example.gov.ph, without a path'),
  }),
  baseUrl: setting({
    group: 'Web',
    type: 'address',
    why: 'Start of the links in mail. Default: https:// and the first of ALLOWED_HOSTS; in development http://localhost:PORT.',
    example: 'BASE_URL=https://obcms.example.gov.ph',
    read: url(['http:', 'https:']),
  }),
  sslRedirect: setting({
    group: 'Web',
    type: 'switch',
    why: 'Sends plain requests to https, but for /health/ and /ready/. Default: on in production.',
    example: 'SECURE_SSL_REDIRECT=1',
    read: flagOrUnset,
  }),
  hstsSeconds: setting({
    group: 'Web',
    type: 'seconds',
    why: 'How long browsers remember to come by https only; small for a careful first roll-out, 0 sends no such header. Production only.',
    example: 'SECURE_HSTS_SECONDS=31536000',
    read: whole(0, 2 * 365 * day, 365 * day),
  }),
  staticUrl: setting({
    group: 'Web',
    type: 'address',
    why: 'Where the built scripts and styles are when a CDN or another server has them (obcms collectstatic). Unset: OBCMS serves them.',
    example: 'STATIC_URL=https://static.example.gov.ph/',
    read: url(['https:', 'http:']),
  }),

  trustedProxies: setting({
    group: 'Proxy',
    type: 'list',
    why: 'Reverse proxies whose X-Forwarded-* and Forwarded headers count. Default: loopback and private networks.',
    example: `TRUSTED_PROXIES=${privateNetworks.join(',')}`,
    read: networks(privateNetworks),
  }),
  useCloudflare: setting({
    group: 'Proxy',
    type: 'switch',
    why: 'Takes the client address from CF-Connecting-IP, again from trusted proxies only.',
    example: 'USE_CLOUDFLARE=0',
    read: flag(false),
  }),

  webConcurrency: setting({
    group: 'Web processes',
    type: 'number',
    why: 'Web processes. Default: the usable cores; without REDIS_URL in development, one.',
    example: 'WEB_CONCURRENCY=2',
    read: wholeOrUnset(1, 128),
  }),
  requestSeconds: setting({
    group: 'Web processes',
    type: 'seconds',
    why: 'Longest time for a whole request to arrive.',
    example: 'REQUEST_TIMEOUT=120',
    read: whole(1, 3_600, 120),
  }),
  headersSeconds: setting({
    group: 'Web processes',
    type: 'seconds',
    why: 'Longest time for the headers of a request to arrive.',
    example: 'HEADERS_TIMEOUT=30',
    read: whole(1, 600, 30),
  }),
  keepAliveSeconds: setting({
    group: 'Web processes',
    type: 'seconds',
    why: 'How long an idle connection stays open; longer than the proxy keeps it, so that the proxy closes first.',
    example: 'KEEP_ALIVE=75',
    read: whole(1, 3_600, 75),
  }),
  stallSeconds: setting({
    group: 'Web processes',
    type: 'seconds',
    why: 'A process whose event loop stands still for so long is killed and replaced.',
    example: 'STALL_TIMEOUT=120',
    read: whole(1, 3_600, 120),
  }),
  gracefulSeconds: setting({
    group: 'Web processes',
    type: 'seconds',
    why: 'Requests in flight get so long to end after a stop.',
    example: 'GRACEFUL_TIMEOUT=30',
    read: whole(1, 3_600, 30),
  }),
  stopDelaySeconds: setting({
    group: 'Web processes',
    type: 'seconds',
    why: 'How long /ready/ answers 503 before new connections are refused, so that a load balancer in front turns elsewhere first.',
    example: 'STOP_DELAY=0',
    read: whole(0, 120, 0),
  }),
  webMaxRequests: setting({
    group: 'Web processes',
    type: 'number',
    why: 'A process is replaced after so many requests, give or take a tenth; 0: never.',
    example: 'WEB_MAX_REQUESTS=100000',
    read: whole(0, 1_000_000_000, 100_000),
  }),
  webMaxMemoryMb: setting({
    group: 'Web processes',
    type: 'MB',
    why: 'A process above so much memory is replaced; 0: never.',
    example: 'WEB_MAX_MEMORY_MB=768',
    read: whole(0, 1_000_000, 768),
  }),
  overloadMs: setting({
    group: 'Web processes',
    type: 'milliseconds',
    why: 'When the event loop is late by so much, new work gets 503 with Retry-After; probes still answer. 0: never.',
    example: 'OVERLOAD_DELAY_MS=1000',
    read: whole(0, 60_000, 1_000),
  }),
  ratePerUser: setting({
    group: 'Web processes',
    type: 'number',
    why: 'Requests a minute of one person or API token; 0: no limit.',
    example: 'RATE_LIMIT_USER=1200',
    read: whole(0, 1_000_000, 1_200),
  }),
  ratePerAddress: setting({
    group: 'Web processes',
    type: 'number',
    why: 'Requests a minute of everybody without a session behind one address; 0: no limit.',
    example: 'RATE_LIMIT_ADDRESS=1200',
    read: whole(0, 1_000_000, 1_200),
  }),

  workerConcurrency: setting({
    group: 'Jobs',
    type: 'number',
    why: 'Worker processes.',
    example: 'WORKER_CONCURRENCY=1',
    read: whole(1, 128, 1),
  }),
  jobSoftSeconds: setting({
    group: 'Jobs',
    type: 'seconds',
    why: 'A job that runs longer is asked to stop. A job may name a longer time of its own.',
    example: 'JOB_SOFT_LIMIT=240',
    read: whole(1, day, 240),
  }),
  jobHardSeconds: setting({
    group: 'Jobs',
    type: 'seconds',
    why: 'A job that still runs then is killed with its process and tried again.',
    example: 'JOB_HARD_LIMIT=300',
    read: whole(1, day, 300),
  }),
  workerMaxJobs: setting({
    group: 'Jobs',
    type: 'number',
    why: 'A worker process is replaced after so many jobs; 0: never.',
    example: 'WORKER_MAX_JOBS=1000',
    read: whole(0, 1_000_000_000, 1_000),
  }),
  workerMaxMemoryMb: setting({
    group: 'Jobs',
    type: 'MB',
    why: 'A worker process above so much memory is replaced; 0: never.',
    example: 'WORKER_MAX_MEMORY_MB=1024',
    read: whole(0, 1_000_000, 1_024),
  }),
  workerGracefulSeconds: setting({
    group: 'Jobs',
    type: 'seconds',
    why: 'Running jobs get so long to end after a stop; the rest is handed back.',
    example: 'WORKER_GRACEFUL_TIMEOUT=60',
    read: whole(1, 3_600, 60),
  }),

  databaseUrl: setting({
    group: 'Database',
    type: 'address',
    why: 'PostgreSQL 15 to 18. Unset in development: an embedded PostgreSQL keeps its data under DATA_DIR.',
    example: 'DATABASE_URL=postgres://obcms:password@localhost:5432/obcms',
    secret: true,
    read: url(['postgres:', 'postgresql:']),
  }),
  databaseDirectUrl: setting({
    group: 'Database',
    type: 'address',
    why: 'The same database past PgBouncer, for migrations and for jobs to listen on. Default: DATABASE_URL.',
    example: 'DATABASE_DIRECT_URL=',
    secret: true,
    read: url(['postgres:', 'postgresql:']),
  }),
  pgBouncer: setting({
    group: 'Database',
    type: 'switch',
    why: 'DATABASE_URL leads to PgBouncer in transaction mode: nothing is kept in a database session.',
    example: 'DB_PGBOUNCER=0',
    read: flag(false),
  }),
  poolTotal: setting({
    group: 'Database',
    type: 'number',
    why: 'Connections of all web and worker processes together; each gets its share, at least 5.',
    example: 'DB_POOL_TOTAL=80',
    read: whole(5, 10_000, 80),
  }),
  connectionSeconds: setting({
    group: 'Database',
    type: 'seconds',
    why: 'Age at which a connection is replaced.',
    example: 'CONN_MAX_AGE=600',
    read: whole(10, day, 600),
  }),
  poolWaitSeconds: setting({
    group: 'Database',
    type: 'seconds',
    why: 'Longest wait for a connection; then the request gets 503.',
    example: 'DB_POOL_WAIT=5',
    read: whole(1, 120, 5),
  }),
  statementSeconds: setting({
    group: 'Database',
    type: 'seconds',
    why: 'Longest time of one statement.',
    example: 'DB_STATEMENT_TIMEOUT=30',
    read: whole(1, 3_600, 30),
  }),
  sqlComments: setting({
    group: 'Database',
    type: 'switch',
    why: 'Every statement carries the id of its request as a comment, for looking at a slow database; costs the kept plans. Off: only the start of each transaction carries it.',
    example: 'DB_SQL_COMMENTS=0',
    read: flag(false),
  }),

  redisUrl: setting({
    group: 'Cache',
    type: 'address',
    why: 'Redis or Valkey, shared by all processes: rate limits, withdrawn access, live updates. Required for more than one web process.',
    example: 'REDIS_URL=redis://localhost:6379/0',
    secret: true,
    read: url(['redis:', 'rediss:']),
  }),

  dataDir: setting({
    group: 'Files',
    type: 'folder',
    why: 'Folder for uploaded files and, in development, the embedded database and letters. Default: var, beside package.json.',
    example: 'DATA_DIR=var',
    read: (value: string | undefined): string => (value ? resolve(value) : join(root, 'var')),
  }),
  useS3: setting({
    group: 'Files',
    type: 'switch',
    why: 'New files go to the bucket instead of below DATA_DIR. The bucket may be named before, so that obcms media migrate can fill it.',
    example: 'USE_S3=0',
    read: flag(false),
  }),
  s3AccessKeyId: setting({
    group: 'Files',
    type: 'text',
    why: 'Account at the object storage.',
    example: 'AWS_ACCESS_KEY_ID=',
    secret: true,
    read: optional,
  }),
  s3SecretAccessKey: setting({
    group: 'Files',
    type: 'text',
    why: 'Its key.',
    example: 'AWS_SECRET_ACCESS_KEY=',
    secret: true,
    read: optional,
  }),
  s3Bucket: setting({
    group: 'Files',
    type: 'text',
    why: 'The bucket, private. Set: OBCMS can read and write it, whatever USE_S3 says.',
    example: 'AWS_STORAGE_BUCKET_NAME=obcms-media',
    read: optional,
  }),
  s3Region: setting({
    group: 'Files',
    type: 'text',
    why: 'Region of the bucket, as its provider names it.',
    example: 'AWS_S3_REGION_NAME=ap-southeast-1',
    read: text('us-east-1'),
  }),
  s3Endpoint: setting({
    group: 'Files',
    type: 'address',
    why: 'Where the object storage answers, when it is not Amazon’s: DigitalOcean Spaces, MinIO and others.',
    example: 'AWS_S3_ENDPOINT_URL=https://sgp1.digitaloceanspaces.com',
    read: url(['https:', 'http:']),
  }),
  s3CustomDomain: setting({
    group: 'Files',
    type: 'host',
    why: 'Host of signed download addresses, when it is not the endpoint’s; it must lead to the bucket and keep the signature.',
    example: 'AWS_S3_CUSTOM_DOMAIN=',
    read: optional,
  }),
  s3PathStyle: setting({
    group: 'Files',
    type: 'switch',
    why: 'The bucket’s name stands in the path, not in the host; MinIO needs it. Default: on with AWS_S3_ENDPOINT_URL.',
    example: 'AWS_S3_PATH_STYLE=0',
    read: flagOrUnset,
  }),
  s3SignedUrls: setting({
    group: 'Files',
    type: 'switch',
    why: 'Browsers fetch large files from the bucket under a signed address, in place of through OBCMS.',
    example: 'AWS_S3_SIGNED_URLS=0',
    read: flag(false),
  }),
  s3SignedSeconds: setting({
    group: 'Files',
    type: 'seconds',
    why: 'How long such an address is good.',
    example: 'AWS_QUERYSTRING_EXPIRE=3600',
    read: whole(30, 7 * day, 3_600),
  }),
  fileQuotaMb: setting({
    group: 'Files',
    type: 'MB',
    why: 'Room for all files together; 0: as much as there is.',
    example: 'FILE_QUOTA_TOTAL_MB=0',
    read: whole(0, 1_000_000_000, 0),
  }),
  organisationQuotaMb: setting({
    group: 'Files',
    type: 'MB',
    why: 'Room for the files of one organisation other than the office, where no other is set for it; 0: no limit.',
    example: 'FILE_QUOTA_ORGANISATION_MB=20480',
    read: whole(0, 1_000_000_000, 20_480),
  }),
  fileReserveMb: setting({
    group: 'Files',
    type: 'MB',
    why: 'New files are refused when less is free on the volume, so that everything else goes on.',
    example: 'FILE_RESERVE_MB=512',
    read: whole(0, 1_000_000, 512),
  }),
  clamavHost: setting({
    group: 'Files',
    type: 'host',
    why: 'A ClamAV daemon that looks at every new file before it can be opened. Unset: files are not scanned.',
    example: 'CLAMAV_HOST=',
    read: optional,
  }),
  clamavPort: setting({
    group: 'Files',
    type: 'number',
    why: 'Its port.',
    example: 'CLAMAV_PORT=3310',
    read: whole(1, 65535, 3310),
  }),

  mailBackend: setting({
    group: 'Mail',
    type: 'smtp, folder or console',
    why: 'Where mail goes. folder: DATA_DIR/mail, shown at /dev/mail. Default: smtp when EMAIL_HOST is set, else folder. Production takes smtp only.',
    example: 'EMAIL_BACKEND=smtp',
    read: mailBackend,
  }),
  mailHost: setting({
    group: 'Mail',
    type: 'host',
    why: 'Mail server.',
    example: 'EMAIL_HOST=mail.example.gov.ph',
    read: optional,
  }),
  mailPort: setting({
    group: 'Mail',
    type: 'number',
    why: 'Port of the mail server.',
    example: 'EMAIL_PORT=587',
    read: whole(1, 65535, 587),
  }),
  mailUser: setting({
    group: 'Mail',
    type: 'text',
    why: 'Account at the mail server.',
    example: 'EMAIL_HOST_USER=',
    read: optional,
  }),
  mailPassword: setting({
    group: 'Mail',
    type: 'text',
    why: 'Its password.',
    example: 'EMAIL_HOST_PASSWORD=',
    secret: true,
    read: optional,
  }),
  mailStartTls: setting({
    group: 'Mail',
    type: 'switch',
    why: 'Insists on STARTTLS (port 587).',
    example: 'EMAIL_USE_TLS=1',
    read: flag(true),
  }),
  mailTls: setting({
    group: 'Mail',
    type: 'switch',
    why: 'TLS from the first byte (port 465), in place of STARTTLS.',
    example: 'EMAIL_USE_SSL=0',
    read: flag(false),
  }),
  mailFrom: setting({
    group: 'Mail',
    type: 'e-mail',
    why: 'Sender of mail.',
    example: 'DEFAULT_FROM_EMAIL=OBCMS <obcms@localhost>',
    read: text('OBCMS <obcms@localhost>'),
  }),

  adminEmail: setting({
    group: 'First start',
    type: 'e-mail',
    why: 'E-mail of the first administrator.',
    example: 'OBCMS_ADMIN_EMAIL=admin@localhost.localdomain',
    read: email,
  }),
  adminPassword: setting({
    group: 'First start',
    type: 'text',
    why: 'Password of the first administrator, at least 12 characters. Unset: a random one is printed once.',
    example: 'OBCMS_ADMIN_PASSWORD=',
    secret: true,
    read: optional,
  }),

  logLevel: setting({
    group: 'Logs',
    type: 'fatal, error, warn, info, debug, trace or silent',
    why: 'How much is logged.',
    example: 'LOG_LEVEL=info',
    read: oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], 'info'),
  }),
  logFormat: setting({
    group: 'Logs',
    type: 'json or pretty',
    why: 'json for machines; pretty for people. Default: pretty in development on a terminal.',
    example: 'LOG_FORMAT=json',
    read: oneOf(['json', 'pretty'], 'json'),
  }),
  logStderr: setting({
    group: 'Logs',
    type: 'switch',
    why: 'Errors go to standard error; otherwise everything goes to standard output.',
    example: 'LOG_STDERR=0',
    read: flag(false),
  }),

  healthSecret: setting({
    group: 'Watching',
    type: 'text',
    why: 'Who sends it as X-Health-Secret to /ready/ sees details. Unset: nobody does.',
    example: 'HEALTH_CHECK_SECRET=',
    secret: true,
    read: optional,
  }),
  metricsToken: setting({
    group: 'Watching',
    type: 'text',
    why: 'Who sends it as a bearer token may read /metrics from anywhere.',
    example: 'METRICS_TOKEN=',
    secret: true,
    read: optional,
  }),
  metricsNetworks: setting({
    group: 'Watching',
    type: 'list',
    why: 'Client addresses that may read /metrics without the token.',
    example: 'METRICS_NETWORKS=127.0.0.0/8,::1/128',
    read: networks(['127.0.0.0/8', '::1/128']),
  }),
} as const

/** The variable's name is what stands before `=` in its example. */
export const nameOf = (entry: Setting<unknown>): string => entry.example.slice(0, entry.example.indexOf('='))
