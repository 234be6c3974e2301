import type { IncomingHttpHeaders } from 'node:http'
import { BlockList, isIP } from 'node:net'

/** Who is at the far end of a request, past our own proxies. */
export interface Client {
  address: string
  scheme: 'http' | 'https'
  /** As the browser asked for it, with a port unless it is the scheme's own. */
  host: string
  /** The nearest peer is one of our proxies, or this very machine. */
  isProxied: boolean
}

export interface ProxySettings {
  /** Addresses and networks, `10.0.0.0/8`. */
  trustedProxies: readonly string[]
  useCloudflare: boolean
}

interface Asked {
  headers: IncomingHttpHeaders
  /** Address of the nearest peer. */
  peer: string
  encrypted: boolean
}

/** A set of networks that answers whether an address lies in it. */
export function networkSet(networks: readonly string[]): (address: string) => boolean {
  const set = new BlockList()
  for (const network of networks) {
    const [address = '', bits] = network.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    set.addSubnet(address, bits === undefined ? (family === 'ipv6' ? 128 : 32) : Number(bits), family)
  }
  return (address) => {
    const family = isIP(address)
    return family !== 0 && set.check(address, family === 6 ? 'ipv6' : 'ipv4')
  }
}

/** An address without port, brackets, zone or the IPv6 form of IPv4; undefined when it is none. */
export function plainAddress(text: string): string | undefined {
  const bare = text.trim().replace(/^"|"$/g, '')
  const inner = /^\[([^\]]+)\](?::\d+)?$/.exec(bare)?.[1] ?? bare.replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1')
  const address = inner.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '')
  return isIP(address) === 0 ? undefined : address
}

/** Real chains are shorter by far; a longer one would cost more than the request. */
const longestChain = 2_000
const mostHops = 20

/** The nearest entries of a list header, the nearest last; none of one that no honest proxy sends. */
function entries(header: string | string[] | undefined): string[] {
  const text = [header ?? []].flat().join(',')
  if (text.length > longestChain) return []
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean)
    .slice(-mostHops)
}

/** One parameter of a hop: `for="[2001:db8::7]:80"`. */
function parameterOf(text: string): [string, string] {
  const [name = '', value = ''] = text.split('=', 2)
  return [name.trim().toLowerCase(), value.trim().replace(/^"|"$/g, '')]
}

/** RFC 7239: one map of parameters for each hop, the nearest last. */
const forwardedHops = (header: string | undefined): Map<string, string>[] =>
  entries(header).map((hop) => new Map(hop.split(';').map(parameterOf)))

const defaultPort = { http: '80', https: '443' }

/** `host`, with `port` when that is not the scheme's own and `host` has none. */
function withPort(host: string, port: string | undefined, scheme: 'http' | 'https'): string {
  if (!port || !/^\d{1,5}$/.test(port) || port === defaultPort[scheme] || /:\d+$/.test(host)) return host
  return `${host}:${port}`
}

/**
 * Reads `X-Forwarded-For`, `-Proto`, `-Host`, `-Port` and `Forwarded` (RFC 7239), from trusted peers only. The client is the
 * first hop, from our side, that is no proxy of ours; of several values for scheme and host, the nearest proxy's counts.
 * `X-Forwarded-*` goes before `Forwarded` where both stand.
 */
export function clientReader({ trustedProxies, useCloudflare }: ProxySettings): (asked: Asked) => Client {
  const isTrusted = networkSet(trustedProxies)

  /** The nearest address that is not ours; when all are ours, the farthest. What is no address ends the walk. */
  function farEnd(peer: string, hops: string[]): string {
    let address = peer
    for (const hop of hops.reverse()) {
      if (!isTrusted(address)) break
      const next = plainAddress(hop)
      if (next === undefined) break
      address = next
    }
    return address
  }

  return ({ headers, peer: near, encrypted }) => {
    const peer = plainAddress(near) ?? near
    const scheme = encrypted ? 'https' : 'http'
    const host = headers.host ?? ''
    if (!isTrusted(peer)) return { address: peer, scheme, host, isProxied: false }

    const isTold = headers['x-forwarded-for'] !== undefined || headers['x-forwarded-proto'] !== undefined
    const forwarded = isTold ? [] : forwardedHops(headers.forwarded)
    const nearest = forwarded.at(-1)
    const told = (entries(headers['x-forwarded-proto']).at(-1) ?? nearest?.get('proto'))?.toLowerCase()
    const seenScheme = told === 'https' || told === 'http' ? told : scheme
    const seenHost = entries(headers['x-forwarded-host']).at(-1) ?? nearest?.get('host') ?? host
    const port = entries(headers['x-forwarded-port']).at(-1)

    const chain = entries(headers['x-forwarded-for'])
    const cloudflare = useCloudflare && plainAddress(String(headers['cf-connecting-ip'] ?? ''))
    const hops = chain.length > 0 ? chain : forwarded.map((hop) => hop.get('for') ?? '')
    return {
      address: cloudflare || farEnd(peer, hops),
      scheme: seenScheme,
      host: withPort(seenHost, port, seenScheme),
      isProxied: true,
    }
  }
}
