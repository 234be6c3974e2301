import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Command,
  calmMs,
  deathsBorne,
  type Event,
  initialState,
  type Limits,
  longestPauseMs,
  type State,
  startMs,
  step,
  tickMs,
} from './supervisor.rules.ts'

const limits: Limits = { wanted: 2, stallMs: 2_000, drainMs: 10_000, maxEnded: 0, maxMemoryMb: 0 }

/** A world of processes that do as they are told, and a clock that only we move. */
function world(given: Partial<Limits> = {}) {
  let now = 1_000_000
  let state: State = initialState({ ...limits, ...given }, now)
  const commands: Command[] = []
  const happens = (event: Event): Command[] => {
    const result = step(state, event, now)
    state = result.state
    commands.push(...result.commands)
    return result.commands
  }
  const ids = (stage: string) => [...state.children.values()].filter((child) => child.stage === stage && !child.killed)
  const at = (stage: string, index = 0) => ids(stage)[index]?.id ?? 0
  return {
    happens,
    commands,
    state: () => state,
    now: () => now,
    ready: () => ids('ready').length,
    starting: () => ids('starting').length,
    at,
    /** Time passes in ticks; every process gives its sign of life. */
    pass(ms: number, silent: number[] = []) {
      for (const end = now + ms; now < end; ) {
        now += tickMs
        for (const { id, stage } of [...state.children.values()])
          if (stage !== 'starting' && !silent.includes(id)) happens({ type: 'beat', id, memoryMb: 100, ended: 0 })
        happens({ type: 'tick' })
      }
    },
    leap(ms: number) {
      now += ms
    },
    begin() {
      happens({ type: 'begin' })
      for (const child of ids('starting')) happens({ type: 'ready', id: child.id })
    },
    die: (id: number) => happens({ type: 'exited', id, why: 'signal SIGKILL' }),
    said: (level: string) => commands.filter((command) => command.type === 'log' && command.level === level),
    told: (type: Command['type'], id?: number) =>
      commands.filter(
        (command) => command.type === type && (id === undefined || ('id' in command && command.id === id)),
      ),
  }
}

/** Anything that may happen, aimed at the process of that index. */
const happening = fc.oneof(
  { weight: 6, arbitrary: fc.record({ what: fc.constant('ready' as const), index: fc.nat(3) }) },
  { weight: 3, arbitrary: fc.record({ what: fc.constant('leaves' as const), index: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('dies' as const), index: fc.nat(4) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('spent' as const), index: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('reload' as const), index: fc.constant(0) }) },
  { weight: 3, arbitrary: fc.record({ what: fc.constant('passes' as const), index: fc.integer({ min: 1, max: 8 }) }) },
)
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never

function play(here: ReturnType<typeof world>, { what, index }: Happening): void {
  if (what === 'ready') here.happens({ type: 'ready', id: here.at('starting', index) })
  if (what === 'leaves') here.happens({ type: 'exited', id: here.at('draining', index), why: 'exit code 0' })
  if (what === 'dies') here.die([...here.state().children.keys()][index] ?? 0)
  if (what === 'spent') here.happens({ type: 'beat', id: here.at('ready', index), memoryMb: 100, ended: 1_000 })
  if (what === 'reload') here.happens({ type: 'reload' })
  if (what === 'passes') here.pass(index * tickMs)
}

const story = fc.array(happening, { maxLength: 60 })
const wanted = fc.integer({ min: 1, max: 4 })

describe('whatever happens', () => {
  test('there is never more than one process too many, and a start brings as many as are wanted', () => {
    fc.assert(
      fc.property(wanted, story, (n, events) => {
        const here = world({ wanted: n, maxEnded: 500 })
        here.begin()
        expect(here.ready()).toBe(n)
        for (const event of events) {
          play(here, event)
          expect(here.ready() + here.starting()).toBeLessThanOrEqual(n + 1)
        }
      }),
    )
  })

  test('without deaths as many as are wanted are always ready', () => {
    fc.assert(
      fc.property(wanted, story, (n, events) => {
        const here = world({ wanted: n, maxEnded: 500 })
        here.begin()
        for (const event of events.filter(({ what }) => what !== 'dies')) {
          play(here, event)
          expect(here.ready()).toBeGreaterThanOrEqual(n)
        }
      }),
    )
  })

  test('when it is quiet again, all are ready and none is old', () => {
    fc.assert(
      fc.property(wanted, story, (n, events) => {
        const here = world({ wanted: n, maxEnded: 500 })
        here.begin()
        for (const event of events) play(here, event)
        for (let round = 0; round < 40; round += 1) {
          here.pass(4_000)
          for (const { id, stage, killed } of [...here.state().children.values()]) {
            if (stage === 'draining' || killed) here.happens({ type: 'exited', id, why: 'exit code 0' })
            else if (stage === 'starting') here.happens({ type: 'ready', id })
          }
        }
        const children = [...here.state().children.values()]
        expect(children.map(({ stage }) => stage)).toEqual(Array(n).fill('ready'))
        expect(children.every(({ spent, generation }) => !spent && generation === here.state().generation)).toBe(true)
        expect(here.state()).toMatchObject({ reloading: false, pauses: 0 })
      }),
      { numRuns: 12 },
    )
  })

  test('every stop ends, and nothing is made after it', () => {
    fc.assert(
      fc.property(
        wanted,
        story,
        story,
        fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
        (n, before, after, deaf) => {
          const here = world({ wanted: n, maxEnded: 500 })
          here.begin()
          for (const event of before) play(here, event)
          const made = here.state().made
          here.happens({ type: 'stop' })
          for (const event of after) play(here, event)
          // Some end when told; the deaf ones only when killed.
          for (const { id, stage } of [...here.state().children.values()])
            if (stage === 'draining' && !deaf[id % 8]) here.happens({ type: 'exited', id, why: 'exit code 0' })
          here.pass(limits.drainMs + 1_000)
          for (const [id, child] of [...here.state().children]) {
            expect(child.killed).toBe(true)
            here.happens({ type: 'exited', id, why: 'signal SIGKILL' })
          }
          expect(here.told('finish')).toHaveLength(1)
          expect(here.state().made).toBe(made)
        },
      ),
    )
  })

  test('a process that stands still is killed once, and its place is taken at once', () => {
    fc.assert(
      fc.property(wanted, fc.nat(3), fc.integer({ min: 0, max: 20_000 }), (n, index, more) => {
        const here = world({ wanted: n })
        here.begin()
        const still = here.at('ready', index % n)
        here.pass(limits.stallMs, [still])
        expect(here.told('kill')).toHaveLength(0)
        here.pass(tickMs + more, [still])
        expect(here.told('kill')).toEqual([{ type: 'kill', id: still }])
        expect(here.ready() + here.starting()).toBe(n)
      }),
    )
  })
})

describe('a stop', () => {
  test('lets clients be sent away when the last process has stopped listening, or has ended', () => {
    const here = world({ wanted: 3 })
    here.begin()
    here.happens({ type: 'stop' })
    here.happens({ type: 'closed', id: 1 })
    here.happens({ type: 'closed', id: 2 })
    expect(here.told('release')).toEqual([])
    here.die(3)
    expect(here.told('release')).toEqual([
      { type: 'release', id: 1 },
      { type: 'release', id: 2 },
    ])
  })
})

describe('a reload', () => {
  test('replaces one at a time: the new one is ready before the old one is told, and the next waits for its end', () => {
    const here = world()
    here.begin()
    here.happens({ type: 'reload' })
    expect(here.told('fork')).toHaveLength(3)
    expect(here.told('drain')).toHaveLength(0)
    here.happens({ type: 'ready', id: 3 })
    expect(here.told('drain')).toEqual([{ type: 'drain', id: 1, all: false }])
    here.pass(1_000)
    expect(here.told('fork')).toHaveLength(3)
    here.happens({ type: 'exited', id: 1, why: 'exit code 0' })
    here.happens({ type: 'ready', id: 4 })
    here.happens({ type: 'exited', id: 2, why: 'exit code 0' })
    expect([...here.state().children.keys()]).toEqual([3, 4])
    expect(here.said('info').at(-1)).toMatchObject({ text: 'reload done' })
  })

  test.each(['dies', 'hangs'])('is given up when the new one %s: the old ones go on', (how) => {
    const here = world()
    here.begin()
    here.happens({ type: 'reload' })
    if (how === 'hangs') here.pass(startMs + tickMs)
    here.happens({ type: 'exited', id: 3, why: 'exit code 1' })
    here.pass(5_000)
    expect(here.said('fatal')).toHaveLength(1)
    expect([...here.state().children.keys()]).toEqual([1, 2])
    expect(here.told('drain')).toHaveLength(0)
    here.happens({ type: 'reload' })
    expect(here.starting()).toBe(1)
  })
})

describe('deaths', () => {
  test('the first process that cannot start is a failed start', () => {
    const here = world()
    here.happens({ type: 'begin' })
    here.happens({ type: 'exited', id: 1, why: 'exit code 1' })
    expect(here.told('failed')).toEqual([{ type: 'failed', id: 1, why: 'exit code 1' }])
    expect(here.told('kill')).toEqual([{ type: 'kill', id: 2 }])
    here.die(2)
    expect(here.told('finish')).toHaveLength(1)
  })

  test('are made good at once, until there are too many: then pauses grow, up to a minute, and calm ends them', () => {
    const here = world()
    here.begin()
    for (let n = 1; n < deathsBorne; n += 1) {
      here.die(here.at('ready'))
      expect(here.starting()).toBe(1)
      here.happens({ type: 'ready', id: here.at('starting') })
    }
    const pauses: number[] = []
    for (let n = 0; n < 9; n += 1) {
      here.die(here.at('ready'))
      const pause = here.state().pausedUntil - here.now()
      pauses.push(pause)
      expect(here.starting()).toBe(0)
      here.pass(pause)
      expect(here.starting()).toBe(1)
      here.happens({ type: 'ready', id: here.at('starting') })
    }
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000])
    expect(pauses.at(-1)).toBe(longestPauseMs)
    expect(here.said('fatal')).toHaveLength(pauses.length)
    here.pass(calmMs + tickMs)
    here.die(here.at('ready'))
    expect(here.starting()).toBe(1)
  })

  test('far apart need no pause', () => {
    const here = world()
    here.begin()
    for (let n = 0; n < 20; n += 1) {
      here.pass(calmMs / (deathsBorne - 1))
      here.die(here.at('ready'))
      here.happens({ type: 'ready', id: here.at('starting') })
    }
    expect(here.said('fatal')).toHaveLength(0)
    expect(here.said('error')).toHaveLength(20)
  })
})

describe('watching', () => {
  test('a job past its time is killed with its process; one that has ended in time is not', () => {
    const here = world()
    here.begin()
    here.happens({ type: 'began', id: 1, job: 'slow', killAt: here.now() + 3_000 })
    here.happens({ type: 'began', id: 2, job: 'quick', killAt: here.now() + 3_000 })
    here.pass(2_000)
    here.happens({ type: 'ended', id: 2, job: 'quick' })
    expect(here.told('kill')).toHaveLength(0)
    here.pass(1_000)
    expect(here.told('kill')).toEqual([{ type: 'kill', id: 1 }])
    expect(here.starting()).toBe(1)
  })

  test('a process that never becomes ready is killed and made again', () => {
    const here = world()
    here.begin()
    here.die(1)
    here.pass(startMs + tickMs)
    expect(here.told('kill')).toEqual([{ type: 'kill', id: 3 }])
    expect(here.starting()).toBe(1)
  })

  test.each([3_600_000, -3_600_000])('a machine that slept or whose clock was set by %i ms kills nothing', (ms) => {
    const here = world()
    here.begin()
    here.happens({ type: 'began', id: 1, job: 'slow', killAt: here.now() + 3_000 })
    here.leap(ms)
    here.happens({ type: 'tick' })
    here.pass(2_000)
    expect(here.told('kill')).toHaveLength(0)
    here.pass(2_000)
    expect(here.told('kill')).toEqual([{ type: 'kill', id: 1 }])
  })
})

describe('replacement', () => {
  test('after its share of work, give or take a tenth', () => {
    const spent = Array.from({ length: 20 }, () => 0)
    const here = world({ wanted: spent.length, maxEnded: 1_000 })
    here.begin()
    for (let ended = 880; ended <= 1_120; ended += 1) {
      for (const { id, stage } of [...here.state().children.values()])
        if (stage === 'ready' && id <= spent.length && !here.state().children.get(id)?.spent) {
          here.happens({ type: 'beat', id, memoryMb: 1, ended })
          if (here.state().children.get(id)?.spent) spent[id - 1] = ended
        }
    }
    expect(Math.min(...spent)).toBeGreaterThanOrEqual(900)
    expect(Math.max(...spent)).toBeLessThanOrEqual(1_100)
    expect(new Set(spent).size).toBeGreaterThan(15)
  })

  test('above its memory, but not again and again when the limit is below what a fresh process needs', () => {
    const here = world({ wanted: 1, maxMemoryMb: 50 })
    here.begin()
    here.pass(calmMs - tickMs)
    expect(here.starting()).toBe(0)
    here.pass(2 * tickMs)
    expect(here.starting()).toBe(1)
    here.happens({ type: 'ready', id: 2 })
    expect(here.told('drain')).toEqual([{ type: 'drain', id: 1, all: false }])
  })
})

test('a clock that is set forward between two ticks kills nobody, whoever speaks first', () => {
  let now = 1_000_000
  let state = initialState({ ...limits, wanted: 4 }, now)
  const happens = (event: Event): Command[] => {
    const result = step(state, event, now)
    state = result.state
    return result.commands
  }
  const ids = happens({ type: 'begin' }).flatMap((command) => (command.type === 'fork' ? [command.id] : []))
  expect(ids).toHaveLength(4)
  for (const id of ids) happens({ type: 'ready', id })
  happens({ type: 'tick' })
  now += 200_000
  const commands = [
    ...happens({ type: 'beat', id: ids[0] ?? 0, memoryMb: 50, ended: 0 }),
    ...happens({ type: 'tick' }),
    ...happens({ type: 'beat', id: ids[1] ?? 0, memoryMb: 50, ended: 0 }),
    ...happens({ type: 'tick' }),
  ]
  expect(commands).toEqual([])
})
