import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { basename, join } from 'node:path'
import { until } from '../../src/testing/peers/peer.ts'

/** A process of the image. */
export interface Contained {
  said(): string
  hears(words: RegExp): Promise<void>
  /** Ends it as an engine does, with SIGTERM for the image's first process. @returns the exit code */
  stop(): Promise<number | null>
  code: Promise<number | null>
}

interface ImageConfig {
  Entrypoint: string[]
  Cmd: string[]
  User: string
  StopSignal: NodeJS.Signals
  Healthcheck: { Test: string[] }
}

const storage = process.env.BUILDAH_STORAGE ?? ''
const storageOptions = [
  '--root',
  join(storage, 'storage'),
  '--runroot',
  join(storage, 'run'),
  '--storage-driver',
  'vfs',
]
export const imageRoot = process.env.IMAGE_ROOT ?? ''
export const image: ImageConfig = JSON.parse(readFileSync(join(storage, 'image.json'), 'utf8')).Docker.config
const [uid, gid] = image.User.split(':').map(Number)
export const owner = { uid: uid ?? 0, gid: gid ?? 0 }

const childrenOf = (pid: number): number[] =>
  readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  )

/** The first process that is not buildah's own; what an engine would call number 1. */
function firstOf(pid: number): number | undefined {
  if (!/^\/memfd:buildah|\/buildah$/.test(readlinkSync(`/proc/${pid}/exe`))) return pid
  return childrenOf(pid)
    .map(firstOf)
    .find((found) => found !== undefined)
}

function watch(command: string, args: string[], first: (pid: number) => number | undefined): Contained {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk))
  const code = once(child, 'close').then(([exit]) => exit as number | null)
  const isGone = () => child.exitCode !== null || child.signalCode !== null
  process.once('exit', () => {
    const pid = isGone() ? undefined : first(child.pid ?? 0)
    if (pid !== undefined) process.kill(pid, 'SIGKILL')
  })
  return {
    said: () => text,
    code,
    hears: (words) =>
      until(`“${words}”, but: ${text}`, () => {
        if (words.test(text)) return true
        if (isGone()) throw new Error(`ended without ${words}: ${text}`)
        return false
      }),
    async stop() {
      const pid = first(child.pid ?? 0)
      if (pid === undefined) throw new Error(`nothing runs any more: ${text}`)
      const program = basename(readlinkSync(`/proc/${pid}/exe`))
      if (program !== 'node') throw new Error(`the first process is ${program}, which may not pass SIGTERM on`)
      process.kill(pid, image.StopSignal)
      return code
    },
  }
}

/** `buildah run` leaves the image's entry point aside, so it is put before the arguments here. */
export function begin(args: string[], env: Record<string, string>, media: string, entry = image.Entrypoint): Contained {
  const settings = Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`])
  const options = ['run', '--isolation', 'chroot', '--user', image.User, '--volume', `${media}:/var/lib/obcms`]
  return watch('buildah', [...storageOptions, ...options, ...settings, 'obcms', '--', ...entry, ...args], firstOf)
}

export async function run(args: string[], env: Record<string, string>, media: string, entry?: string[]) {
  const command = begin(args, env, media, entry)
  if ((await command.code) !== 0) throw new Error(`${args.join(' ')} failed: ${command.said()}`)
  return command.said()
}

/** The same with a root file system that nobody can write; /tmp in memory and the volume are all there is to write to. */
export function beginReadOnly(command: string, env: Record<string, string>, media: string): Contained {
  const settings = Object.entries(env).map(([name, value]) => `${name}='${value}'`)
  const script = [
    'set -e',
    `mount --bind ${imageRoot} ${imageRoot}`,
    `mount -o remount,bind,ro ${imageRoot}`,
    `mount -t tmpfs tmpfs ${imageRoot}/tmp`,
    `mount --bind ${media} ${imageRoot}/var/lib/obcms`,
    `mount -t proc proc ${imageRoot}/proc`,
    `mount --bind /dev ${imageRoot}/dev`,
    `cd ${imageRoot}`,
    `exec chroot --userspec=${image.User} ${imageRoot} env -i PATH=/usr/local/bin:/usr/bin:/bin ${settings.join(' ')} ${command}`,
  ]
  return watch('unshare', ['--mount', 'sh', '-c', script.join('\n')], (pid) => pid)
}
