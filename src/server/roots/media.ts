import { loadConfig } from '../platform/config.ts'
import { StartError } from '../platform/start-error.ts'
import type { StoreName } from '../platform/storage.ts'
import { withSystem } from './once.ts'
import type { System } from './open.ts'
import { progressLine, sizeOf, spanOf, speedOf } from './progress.ts'

type Media = System['composition']['media']

const doer = { system: 'obcms media' }
const say = (line: string): void => console.log(line)
const megabyte = 1_000_000
const nameOf = { filesystem: 'the volume', s3: 'the bucket' } as const
const amountOf = ({ objects, bytes }: { objects: number; bytes: number }): string =>
  `${objects.toLocaleString('en')} ${objects === 1 ? 'object' : 'objects'}, ${sizeOf(bytes)}`
/** A kill gives the move free after so long. */
const patienceMs = 30_000

/** Ends what is under way when the process is told to stop, in good order; a second signal ends the process. */
async function untilSignal<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController()
  const tell = (): void => {
    if (stop.signal.aborted) process.exit(130)
    stop.abort(new StartError('Stopped. Start it again: it goes on from here.'))
  }
  const signals = ['SIGINT', 'SIGTERM'] as const
  for (const signal of signals) process.on(signal, tell)
  try {
    return await work(stop.signal)
  } finally {
    for (const signal of signals) process.off(signal, tell)
  }
}

const withMedia = (work: (media: Media) => Promise<void>): Promise<void> =>
  withSystem(loadConfig(process.env), async ({ composition }) => work(composition.media))

export interface MigrateOptions {
  to: StoreName
  dryRun: boolean
  verify: boolean
  rate?: number
}

/** Moves all files, or goes on with it, until everything is copied and verified. */
export async function migrateMedia({ to, dryRun, verify, rate }: MigrateOptions): Promise<void> {
  const limit = rate === undefined ? undefined : rate * megabyte
  await withMedia(async (media) => {
    if (dryRun) return sayPlan(media, to, limit)
    if (verify && (await media.service.show()).move?.target === to) await media.service.verifyAgain(doer)
    else await media.service.start(doer, { target: to, limit, worksItself: true })
    await untilSignal((signal) => moveUntilDone(media, to, signal))
  })
}

async function sayPlan(media: Media, to: StoreName, limit: number | undefined): Promise<void> {
  const plan = await media.service.plan({ target: to, limit })
  say(`Kept:             ${amountOf(plan.kept)}`)
  say(`To copy:          ${amountOf(plan.missing)} to ${nameOf[to]}`)
  say(`To verify:        ${amountOf(plan.kept)} in ${nameOf[to]}, read once more`)
  say(`How long, about:  ${spanOf(plan.seconds)}${limit ? ` at no more than ${speedOf(limit)}` : ', at 20 MB/s'}`)
  say(`Target:           ${plan.reachable ? 'a trial write works' : `cannot be written: ${plan.why}`}`)
  say(`Room there:       ${plan.room ? `${sizeOf(plan.room.freeBytes)} free` : 'without an end that could be known'}`)
  const why = plan.refused ?? plan.noRoom ?? (plan.reachable ? undefined : plan.why)
  if (why) throw new StartError(why)
  say('Nothing was changed. Without --dry-run the move begins.')
}

async function moveUntilDone(media: Media, to: StoreName, signal: AbortSignal): Promise<void> {
  const line = progressLine()
  const deadline = Date.now() + patienceMs
  for (;;) {
    const outcome = await media.moving
      .work({
        signal,
        onProgress: ({ phase, total, copied, verified, bytesPerSecond, secondsLeft }) =>
          line.show({ verb: phase, total, done: phase === 'copying' ? copied : verified, bytesPerSecond, secondsLeft }),
      })
      .finally(line.end)
    switch (outcome) {
      case 'busy':
        if (Date.now() > deadline) throw new StartError('Another process works on this move: see obcms media status.')
        line.note('Another process works on this move, or was killed a moment ago; waiting for it …')
        await new Promise((resolve) => setTimeout(resolve, 1_000))
        continue
      case 'done':
        say(`Everything is in ${nameOf[to]}, every object was read again there and is right.`)
        say(`Now set USE_S3=${to === 's3' ? 1 : 0} and restart or reload OBCMS. Then: obcms media cleanup.`)
        return
      case 'switched':
        say(`Everything is in ${nameOf[to]}, as the setting says. To remove what was left: obcms media cleanup.`)
        return
      case 'paused':
        throw new StartError('The move was paused. To go on: obcms media resume, or start it again.')
      case 'cancelled':
        throw new StartError('The move was cancelled.')
      case 'failed':
        throw new StartError((await media.service.show()).move?.problem ?? 'The move has failed.')
      case 'left':
        throw signal.reason
      case 'none':
        throw new StartError('No files are being moved.')
      default:
        return outcome satisfies never
    }
  }
}

export async function cleanUpMedia({ dryRun }: { dryRun: boolean }): Promise<void> {
  await withMedia((media) =>
    untilSignal(async (signal) => {
      const { move } = await media.service.show()
      const line = progressLine()
      const { removed, stays } = await media.moving
        .cleanUp({
          signal,
          isTrial: dryRun,
          onProgress: (done) => line.show({ verb: dryRun ? 'counting' : 'removing', done, total: move?.left ?? done }),
        })
        .finally(line.end)
      const left = nameOf[move?.target === 's3' ? 'filesystem' : 's3']
      say(`${amountOf(removed)} ${dryRun ? 'would be' : 'were'} removed from ${left}.`)
      if (stays.objects > 0)
        throw new StartError(`${amountOf(stays)} have no sound copy elsewhere and stay: see obcms media status.`)
    }),
  )
}

/** One JSON object, or words. */
export async function mediaStatus({ json }: { json: boolean }): Promise<void> {
  await withMedia(async (media) => {
    await media.moving.noticeSwitch()
    const state = await media.service.show()
    const { move, scrub, problems, unused } = state
    if (json) return say(JSON.stringify(state, null, 2))
    say(`Kept          ${amountOf(state.kept)}`)
    for (const store of state.stores)
      say(
        `${store.name.padEnd(12)}  ${
          store.isConfigured
            ? `${amountOf(store)}; ${store.reachable ? 'can be written' : `cannot be written: ${store.why}`}${store.room ? `, ${sizeOf(store.room.freeBytes)} free` : ''}`
            : 'not set up'
        }`,
      )
    say(
      `New files     go to ${nameOf[state.target]}${state.target === state.preferred ? '' : ', as the newest move says'}`,
    )
    if (!move) say('Moves         none')
    else {
      say(
        `Newest move   to ${nameOf[move.target]}: ${move.state}${move.cleanedAt ? ', cleaned up' : ''}${move.isWorkedOn ? ', somebody works on it' : ''}`,
      )
      if (move.state !== 'switched' && move.state !== 'cancelled') {
        say(`              ${amountOf(move.total)} in all`)
        say(`              copied ${amountOf(move.copied)}; verified ${amountOf(move.verified)}`)
      }
      if (move.left.objects > 0 && !move.cleanedAt) say(`              left behind ${amountOf(move.left)}`)
      if (move.problem) say(`              ${move.problem}`)
    }
    say(
      `Read again    ${scrub ? `${scrub.startedAt.toISOString()}: ${scrub.copies} copies, ${scrub.damaged} damaged, ${scrub.mended} mended` : 'not yet'}`,
    )
    say(`Unused        ${amountOf(unused)}; removed after ${state.graceDays} days`)
    say(`Damaged       ${problems.count}`)
    for (const { sha256, store, problem, elsewhere, names } of problems.items)
      say(
        `              ${sha256} ${problem} in ${nameOf[store]}${elsewhere ? ', sound elsewhere' : ''} ${names.join(', ')}`,
      )
  })
}

export async function changeMove(what: 'pause' | 'resume' | 'cancel'): Promise<void> {
  await withMedia(async (media) => {
    await media.service[what](doer)
    const words = {
      pause: 'The move pauses. New files still go to its target.',
      resume: 'The move goes on: a worker takes it up, or run obcms media migrate again.',
      cancel: 'The move is cancelled. What was copied stays; new files go where USE_S3 says.',
    }
    say(words[what])
  })
}

/** Exit code 1 when something is damaged that could not be mended. */
export async function scrubMedia({ all, rate }: { all: boolean; rate?: number }): Promise<void> {
  await withMedia((media) =>
    untilSignal(async (signal) => {
      const line = progressLine()
      const { copies, bytes, damaged, mended, unreachable } = await media.scrubbing
        .scrub({
          signal,
          everything: all,
          bytesPerSecond: rate === undefined ? null : rate * megabyte,
          onProgress: (done) => line.show({ verb: 'reading', done: { objects: done.copies, bytes: done.bytes } }),
        })
        .finally(line.end)
      say(
        `Read again: ${copies.toLocaleString('en')} copies, ${sizeOf(bytes)}; ${damaged} damaged, ${mended} of them mended.`,
      )
      for (const store of unreachable) throw new StartError(`${nameOf[store]} does not answer.`)
      if (damaged > mended) throw new StartError('Not everything could be mended: see obcms media status.')
      signal.throwIfAborted()
    }),
  )
}
