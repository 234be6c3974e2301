/** What the supervisor does when something happens, as a function of data: no process, no timer, no clock in here. */

export interface Limits {
  /** Processes that serve at any time. */
  wanted: number
  /** A process that says nothing for so long is killed. */
  stallMs: number
  /** A process that was told to end is killed after so long. */
  drainMs: number
  /** Requests or jobs after which a process is replaced, give or take a tenth; 0: never. */
  maxEnded: number
  /** Memory above which a process is replaced; 0: never. */
  maxMemoryMb: number
}

interface Child {
  id: number
  stage: 'starting' | 'ready' | 'draining'
  /** When the stage began. */
  since: number
  heardAt: number
  /** Reloads before it was made. */
  generation: number
  /** Its share of work is done: another takes its place. */
  spent: boolean
  killed: boolean
  /** It listens no more. */
  closed: boolean
  /** Running jobs and when they must have ended. */
  jobs: Map<string, number>
}

export interface State {
  limits: Limits
  children: Map<number, Child>
  made: number
  generation: number
  reloading: boolean
  /** Any process was ever ready; before that, a death is a failed start. */
  hasServed: boolean
  /** All were ready for the first time. */
  hasBegun: boolean
  stopping: boolean
  /** No process listens any more. */
  released: boolean
  finished: boolean
  /** Unexpected ends of late. */
  deaths: number[]
  /** Pauses since all was well. */
  pauses: number
  pausedUntil: number
  tickAt: number
}

export type Event =
  | { type: 'begin' | 'tick' | 'reload' | 'stop' }
  | { type: 'ready' | 'closed'; id: number }
  | { type: 'beat'; id: number; memoryMb: number; ended: number }
  | { type: 'began'; id: number; job: string; killAt: number }
  | { type: 'ended'; id: number; job: string }
  | { type: 'exited'; id: number; why: string }

export type Command =
  | { type: 'fork'; id: number }
  | { type: 'drain'; id: number; all: boolean }
  | { type: 'kill' | 'release'; id: number }
  | { type: 'log'; level: 'info' | 'error' | 'fatal'; text: string; id?: number; pauseMs?: number }
  /** All are ready for the first time. */
  | { type: 'begun' }
  /** The first process could not start. */
  | { type: 'failed'; id: number; why: string }
  | { type: 'finish' }

/** Milliseconds between two ticks. */
export const tickMs = 250
export const startMs = 60_000
/** So many deaths within so long, and the next process waits. */
export const deathsBorne = 5
export const calmMs = 30_000
export const longestPauseMs = 60_000

export const initialState = (limits: Limits, now: number): State => ({
  limits,
  children: new Map(),
  made: 0,
  generation: 0,
  reloading: false,
  hasServed: false,
  hasBegun: false,
  stopping: false,
  released: false,
  finished: false,
  deaths: [],
  pauses: 0,
  pausedUntil: now,
  tickAt: now,
})

export function step(before: State, event: Event, now: number): { state: State; commands: Command[] } {
  const state = structuredClone(before)
  const commands: Command[] = []
  const child = 'id' in event ? state.children.get(event.id) : undefined
  if (event.type === 'tick') skipUnseenTime(state, now)
  if (event.type === 'stop') state.stopping = true
  if (event.type === 'reload' && !state.stopping) {
    state.generation += 1
    state.reloading = true
    commands.push({ type: 'log', level: 'info', text: 'reload: the processes are replaced one by one' })
  }
  if (child) hear(state, child, event, now, commands)
  // Only where unseen time is known: between two ticks the clock may have been set.
  if (event.type === 'tick') watch(state, now, commands)
  if (state.stopping) windUp(state, now, commands)
  else settle(state, now, commands)
  return { state, commands }
}

/** Neither a machine that slept nor a clock that was set is a fault of the processes. */
function skipUnseenTime(state: State, now: number): void {
  const unseen = now - state.tickAt - tickMs
  state.tickAt = now
  if (Math.abs(unseen) < 1_000) return
  state.pausedUntil += unseen
  state.deaths = state.deaths.map((at) => at + unseen)
  for (const child of state.children.values()) {
    child.since = Math.min(child.since + unseen, now)
    child.heardAt = Math.min(child.heardAt + unseen, now)
    for (const [job, killAt] of child.jobs) child.jobs.set(job, killAt + unseen)
  }
}

function hear(state: State, child: Child, event: Event, now: number, commands: Command[]): void {
  child.heardAt = now
  if (event.type === 'ready' && child.stage === 'starting' && !child.killed) {
    child.stage = 'ready'
    child.since = now
    state.hasServed = true
  }
  if (event.type === 'closed') child.closed = true
  if (event.type === 'began') child.jobs.set(event.job, event.killAt)
  if (event.type === 'ended') child.jobs.delete(event.job)
  if (event.type === 'beat' && child.stage === 'ready' && !child.spent) {
    const why = whySpent(state.limits, child, event, now)
    if (why) commands.push({ type: 'log', level: 'info', text: `replaced: ${why}`, id: child.id })
    child.spent = why !== undefined
  }
  if (event.type === 'exited') {
    state.children.delete(child.id)
    if (!state.stopping && child.stage !== 'draining') mourn(state, child, event.why, now, commands)
  }
}

function whySpent(limits: Limits, child: Child, beat: { memoryMb: number; ended: number }, now: number) {
  const { maxEnded, maxMemoryMb } = limits
  // Spread by the golden ratio, so that processes of one age do not leave together.
  const share = 0.9 + 0.2 * ((child.id * 0.618034) % 1)
  if (maxEnded > 0 && beat.ended >= maxEnded * share) return `it has done ${beat.ended} requests or jobs`
  // A limit below what a fresh process needs must not keep us forking.
  if (maxMemoryMb > 0 && beat.memoryMb > maxMemoryMb && now - child.since > calmMs)
    return `it uses ${beat.memoryMb} MB of memory`
  return undefined
}

/** An end that nobody asked for. */
function mourn(state: State, child: Child, why: string, now: number, commands: Command[]): void {
  if (!state.hasServed) {
    state.stopping = true
    commands.push({ type: 'failed', id: child.id, why })
    return
  }
  if (child.stage === 'starting') giveUpReload(state, child, why, commands)
  state.deaths = [...state.deaths.filter((at) => now - at < calmMs), now]
  const isLoop = state.pauses > 0 || state.deaths.length >= deathsBorne
  if (!isLoop || now < state.pausedUntil) {
    commands.push({ type: 'log', level: 'error', text: `process died (${why})`, id: child.id })
    return
  }
  const pauseMs = Math.min(1_000 * 2 ** state.pauses, longestPauseMs)
  state.pauses += 1
  state.pausedUntil = now + pauseMs
  const text = `processes die again and again (${why}); the next one waits`
  commands.push({ type: 'log', level: 'fatal', text, id: child.id, pauseMs })
}

function giveUpReload(state: State, child: Child, why: string, commands: Command[]): void {
  if (!state.reloading) return
  state.reloading = false
  for (const other of state.children.values()) other.generation = state.generation
  const text = `reload given up, the old processes go on: the new one did not become ready (${why})`
  commands.push({ type: 'log', level: 'fatal', text, id: child.id })
}

/** Kills what hangs. */
function watch(state: State, now: number, commands: Command[]): void {
  for (const child of state.children.values()) {
    const why = child.killed ? undefined : whyKilled(state.limits, child, now)
    if (!why) continue
    child.killed = true
    commands.push({ type: 'log', level: 'error', text: `killed: ${why}`, id: child.id }, { type: 'kill', id: child.id })
    if (child.stage === 'starting') giveUpReload(state, child, why, commands)
  }
}

function whyKilled({ stallMs, drainMs }: Limits, child: Child, now: number): string | undefined {
  const age = now - child.since
  if (child.stage === 'starting') return age > startMs ? `not ready within ${startMs / 1_000} s` : undefined
  if (now - child.heardAt > stallMs) return `its event loop stood still for ${stallMs / 1_000} s`
  if (child.stage === 'draining' && age > drainMs) return `it did not end within ${drainMs / 1_000} s`
  const [late] = [...child.jobs].find(([, killAt]) => killAt <= now) ?? []
  return late && `job ${late} ran past its limit`
}

function drain(child: Child, all: boolean, now: number, commands: Command[]): void {
  child.stage = 'draining'
  child.since = now
  commands.push({ type: 'drain', id: child.id, all })
}

function windUp(state: State, now: number, commands: Command[]): void {
  for (const child of state.children.values()) {
    if (child.killed) continue
    if (child.stage === 'ready') drain(child, true, now, commands)
    if (child.stage !== 'starting') continue
    child.killed = true
    commands.push({ type: 'kill', id: child.id })
  }
  const living = [...state.children.values()].filter((child) => !child.killed)
  if (!state.released && living.every((child) => child.closed)) {
    state.released = true
    for (const { id } of living) commands.push({ type: 'release', id })
  }
  if (state.children.size > 0 || state.finished) return
  state.finished = true
  commands.push({ type: 'finish' })
}

/** Forks and drains until as many serve as are wanted, and none that is old. */
function settle(state: State, now: number, commands: Command[]): void {
  const { wanted } = state.limits
  const living = [...state.children.values()].filter((child) => !child.killed)
  const ready = living.filter((child) => child.stage === 'ready')
  const starting = living.filter((child) => child.stage === 'starting').length
  const isOld = (child: Child): boolean => child.spent || child.generation < state.generation
  const old = ready.filter(isOld)

  if (ready.length === wanted && !state.hasBegun) {
    state.hasBegun = true
    commands.push({ type: 'begun' })
  }
  for (const child of old.slice(0, Math.max(0, ready.length - wanted))) drain(child, false, now, commands)
  const leaving = [...state.children.values()].filter((child) => child.stage === 'draining').length

  if (state.reloading && leaving === 0 && living.every((child) => child.generation === state.generation)) {
    state.reloading = false
    commands.push({ type: 'log', level: 'info', text: 'reload done' })
  }
  const lastChange = Math.max(state.deaths.at(-1) ?? 0, ...ready.map((child) => child.since))
  if (state.pauses > 0 && ready.length >= wanted && now - lastChange > calmMs) {
    state.pauses = 0
    state.deaths = []
    commands.push({ type: 'log', level: 'info', text: 'the processes live again' })
  }

  if (now < state.pausedUntil) return
  const missing = wanted - ready.length - starting
  // After a pause one goes ahead as a trial; of a rolling replacement there is one at a time.
  const mayReplace = old.length > 0 && missing === 0 && starting === 0 && leaving === 0
  const forks = mayReplace ? 1 : state.pauses > 0 ? Math.min(missing, 1 - starting) : missing
  for (let n = 0; n < forks; n += 1) {
    state.made += 1
    state.children.set(state.made, newChild(state.made, state.generation, now))
    commands.push({ type: 'fork', id: state.made })
  }
}

const newChild = (id: number, generation: number, now: number): Child => ({
  id,
  stage: 'starting',
  since: now,
  heardAt: now,
  generation,
  spent: false,
  killed: false,
  closed: false,
  jobs: new Map(),
})
