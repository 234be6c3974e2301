import { Command, InvalidArgumentError, Option } from 'commander'
import { isSupervised } from '../platform/supervisor/child.ts'
import { version } from '../platform/version.ts'
import { runCommand } from './lifetime.ts'

/** Every command; what one needs is loaded when it runs. */
export const program = new Command('obcms')
  .description('Registry and office management for the Office for Other Bangsamoro Communities.')
  .version(version, '-v, --version')
  .showHelpAfterError('(see obcms --help)')
  .addHelpText('after', '\nSettings come from the environment or the file .env; .env.example lists every one.')

program
  .command('start')
  .description('everything in one process: database, migrations, web pages, web and jobs')
  .option('--demo', 'with the demonstration communities: made up, marked, removable', false)
  .action((options: { demo: boolean }) => runCommand(async () => (await import('./start.ts')).start(options)))

program
  .command('serve')
  .description('the web alone, on a migrated database')
  .action(() =>
    runCommand(async () =>
      isSupervised ? (await import('./web-process.ts')).webProcess() : (await import('./web.ts')).serve(),
    ),
  )

program
  .command('worker')
  .description('jobs and schedules alone, on a migrated database')
  .option('--queues <names>', 'only the jobs of these queues, such as mail,imports', (text) =>
    text
      .split(',')
      .map((name) => name.trim())
      .filter(Boolean),
  )
  .action((options: { queues?: string[] }) =>
    runCommand(async () =>
      isSupervised
        ? (await import('./worker-process.ts')).workerProcess(options)
        : (await import('./worker.ts')).work(options),
    ),
  )

program
  .command('migrate')
  .description('bring the database up to date; safe to run several times and at once')
  .option('--plan', 'say what would run, and run nothing', false)
  .option('--check', 'exit 1 when something is to be applied or was changed after it was applied', false)
  .option('--to <name>', 'stop after this migration')
  .action((options: { plan: boolean; check: boolean; to?: string }) =>
    runCommand(async () => (await import('./once.ts')).migrateOnce(options)),
  )

program
  .command('check')
  .description('audit the settings and what they lead to')
  .requiredOption('--deploy', 'as a production server needs them')
  .option('--json', 'for machines', false)
  .addOption(
    new Option('--fail-level <level>', 'exit 1 from this level on').choices(['error', 'warning']).default('error'),
  )
  .action((options: { json: boolean; failLevel: 'error' | 'warning' }) =>
    runCommand(async () => (await import('./check.ts')).check(options)),
  )

program
  .command('build')
  .description('build the web pages, when they are missing or older than their source')
  .action(() => runCommand(async () => (await import('./once.ts')).build()))

program
  .command('collectstatic')
  .description('write the finished web pages, with compressed copies, for another server or a CDN; safe to run again')
  .option('--out <folder>', 'where to', 'staticfiles')
  .action((options: { out: string }) =>
    runCommand(async () => (await import('./once.ts')).collectStaticFiles(options.out)),
  )

program
  .command('users')
  .description('accounts')
  .command('create-admin')
  .description('create an administrator; prints a random password once unless OBCMS_ADMIN_PASSWORD is set')
  .requiredOption('--email <email>', 'e-mail of the administrator')
  .action((options: { email: string }) =>
    runCommand(async () => (await import('./once.ts')).createAdmin(options.email)),
  )

program
  .command('import')
  .description('spreadsheets')
  .command('communities')
  .description('check a spreadsheet of communities and, with --apply, register all of its rows or none')
  .argument('<file>', 'CSV or XLSX')
  .option('--apply', 'register the rows when none has an error', false)
  .option('--as <email>', 'administrator in whose name; by default the first')
  .action((file: string, options: { apply: boolean; as?: string }) =>
    runCommand(async () => (await import('./once.ts')).importCommunities(file, options)),
  )

const backup = program
  .command('backup')
  .description('write a backup: database, files, keys and settings, encrypted')
  .option('--to <folder>', 'another place than the settings name')
  .action((options: { to?: string }) => runCommand(async () => (await import('./backups.ts')).backup(options)))
const from = () => new Option('--from <place>', 'a folder, or s3: the bucket of the settings')
backup
  .command('list')
  .description('what there is, newest first')
  .addOption(from())
  .action((options: { from?: string }) => runCommand(async () => (await import('./backups.ts')).listAll(options)))
backup
  .command('verify')
  .description('read a backup from end to end; exit 1 when anything is missing or altered')
  .argument('[id]', 'as obcms backup list shows it', 'latest')
  .addOption(from())
  .option('--all-objects', 'read every file too, not only see that it is there', false)
  .action((id: string, options: { from?: string; allObjects: boolean }) =>
    runCommand(async () => (await import('./backups.ts')).verify(id, options)),
  )
backup
  .command('prove')
  .description('restore the newest backup into a scratch database, compare and drop it, as every night')
  .addOption(from())
  .action((options: { from?: string }) => runCommand(async () => (await import('./backups.ts')).prove(options)))
backup
  .command('keygen')
  .description('make a pair of keys to encrypt backups with, in place of a passphrase')
  .action(() => runCommand(async () => (await import('./backups.ts')).keygen()))

program
  .command('restore')
  .description('bring a backup back, onto an empty system only; may be broken off and started again')
  .argument('<id>', 'as obcms backup list shows it, or latest')
  .addOption(from())
  .action((id: string, options: { from?: string }) =>
    runCommand(async () => (await import('./backups.ts')).restore(id, options)),
  )

const jobs = program.command('jobs').description('background jobs')
jobs
  .command('list')
  .description('jobs of one state, newest first')
  .option('--queue <name>', 'only of this queue, or of this job')
  .option('--state <state>', 'failed, active, waiting or done', 'failed')
  .option('--json', 'one JSON object a line', false)
  .action((options: { queue?: string; state: string; json: boolean }) =>
    runCommand(async () => (await import('./jobs.ts')).listJobs(options)),
  )
for (const [what, words] of [
  ['retry', 'run a failed job again, or all of a queue'],
  ['discard', 'remove a failed job for good, or all of a queue'],
] as const)
  jobs
    .command(what)
    .description(words)
    .argument('[id]', 'as obcms jobs list shows it')
    .option('--queue <name>', 'all failed jobs of this queue, or of this job')
    .action((id: string | undefined, options: { queue?: string }) =>
      runCommand(async () => (await import('./jobs.ts')).decide(what, id, options.queue)),
    )

const media = program.command('media').description('where files lie: the volume, the bucket, and moves between them')
const rate = (): Option =>
  new Option('--rate <MB/s>', 'at most so many megabytes a second').argParser((text) => {
    const value = Number(text)
    if (!(value > 0)) throw new InvalidArgumentError('Type a number above zero.')
    return value
  })
media
  .command('migrate')
  .description('copy all files to the other store while people work; started again it goes on')
  .addOption(new Option('--to <store>', 'where to').choices(['s3', 'filesystem']).makeOptionMandatory())
  .option('--dry-run', 'say how much it is, how long it takes and whether the target can take it', false)
  .option('--verify', 'read every copy in the target once more, also after a move that is done', false)
  .addOption(rate())
  .action((options: { to: 's3' | 'filesystem'; dryRun: boolean; verify: boolean; rate?: number }) =>
    runCommand(async () => (await import('./media.ts')).migrateMedia(options)),
  )
media
  .command('cleanup')
  .description('remove the copies in the store that was left')
  .option('--dry-run', 'say how much it is', false)
  .action((options: { dryRun: boolean }) => runCommand(async () => (await import('./media.ts')).cleanUpMedia(options)))
media
  .command('status')
  .description('how much lies where, the newest move, what is damaged')
  .option('--json', 'for machines', false)
  .action((options: { json: boolean }) => runCommand(async () => (await import('./media.ts')).mediaStatus(options)))
for (const [what, words] of [
  ['pause', 'stop copying for now; new files still go to the target'],
  ['resume', 'let a worker go on with the move'],
  ['cancel', 'give the move up; what was copied stays'],
] as const)
  media
    .command(what)
    .description(words)
    .action(() => runCommand(async () => (await import('./media.ts')).changeMove(what)))
media
  .command('scrub')
  .description('read copies again, compare their hashes, mend what is damaged; exit 1 when that is not possible')
  .option('--all', 'also what was read a short while ago', false)
  .addOption(rate())
  .action((options: { all: boolean; rate?: number }) =>
    runCommand(async () => (await import('./media.ts')).scrubMedia(options)),
  )

const demo = program.command('demo').description('demonstration communities: made up, marked, removable')
demo
  .command('load')
  .description('add them')
  .action(() => runCommand(async () => (await import('./once.ts')).demo('load')))
demo
  .command('remove')
  .description('remove them')
  .action(() => runCommand(async () => (await import('./once.ts')).demo('remove')))

program
  .command('openapi')
  .description('print the description of the API (OpenAPI 3.1)')
  .action(() => runCommand(async () => (await import('./once.ts')).printOpenApi()))

program
  .command('env-example')
  .description('print every setting with its default (.env.example)')
  .action(() => runCommand(async () => (await import('./once.ts')).printEnvExample()))

program
  .command('version')
  .description('print the version')
  .action(() => console.log(version))
