import type { JobState } from '#contract/jobs.options.ts'
import { jobStates } from '#contract/jobs.options.ts'
import { allJobs } from '../compose.ts'
import { loadConfig } from '../platform/config.ts'
import { jobsOf } from '../platform/jobs.ts'
import { StartError } from '../platform/start-error.ts'
import { withSystem } from './once.ts'

const doer = { system: 'obcms jobs' }
const say = (line: string): void => console.log(line)
const atOnce = 200

function stateOf(state: string): JobState {
  const known = jobStates.find((one) => one === state)
  if (!known) throw new StartError(`There is no state ${state}; there are ${jobStates.join(', ')}.`)
  return known
}

interface ListOptions {
  queue?: string
  state: string
  json: boolean
}

/** Newest first; as many as there are. */
export async function listJobs({ queue, state, json }: ListOptions): Promise<void> {
  const filter = { state: stateOf(state), queue }
  if (queue) jobsOf(allJobs, queue)
  await withSystem(loadConfig(process.env), async ({ composition }) => {
    let cursor: string | undefined
    let shown = 0
    do {
      const page = await composition.jobs.list({ ...filter, cursor, limit: atOnce })
      for (const { sortKey: _, ...job } of page.items) {
        shown += 1
        if (json) say(JSON.stringify(job))
        else
          say(
            `${job.id}  ${(job.endedAt ?? job.startedAt ?? job.storedAt).toISOString()}  ${job.job}  tries ${job.tries}  ${job.error ?? ''}`.trimEnd(),
          )
      }
      cursor = page.nextCursor ?? undefined
    } while (cursor)
    if (shown === 0 && !json) say(`No job is ${state}.`)
  })
}

/** Runs failed jobs again, or removes them for good: one, or all of a queue. */
export async function decide(
  what: 'retry' | 'discard',
  id: string | undefined,
  queue: string | undefined,
): Promise<void> {
  if ((id === undefined) === (queue === undefined))
    throw new StartError('Name one job by its id, or a queue with --queue.')
  if (id !== undefined && !/^[0-9a-f-]{36}$/i.test(id))
    throw new StartError('That is no id of a job; obcms jobs list shows them.')
  if (queue !== undefined) jobsOf(allJobs, queue)
  await withSystem(loadConfig(process.env), async ({ composition }) => {
    const done = what === 'retry' ? 'stored to run again' : 'removed'
    if (id !== undefined) {
      await composition.jobs[what](doer, id)
      say(`The job is ${done}.`)
    } else {
      const count = await composition.jobs[what === 'retry' ? 'retryAll' : 'discardAll'](doer, queue ?? '')
      say(`${count} ${count === 1 ? 'job is' : 'jobs are'} ${done}.`)
    }
  })
}
