import type { IncomingMessage } from 'node:http'
import ipaddr from 'ipaddr.js'
import { LRUCache } from 'lru-cache'

type Address = ReturnType<typeof ipaddr.process>
type Network = ReturnType<typeof ipaddr.parseCIDR>

/** Texts whose result is kept, and their max length. A client may send any number of long ones. */
const maxKept = 1_000
const maxKeptLength = 200

/** The client address of a request. Empty when the connection is already closed. */
export type AddressOf = (request: IncomingMessage) => string

/** Keeps the last results of `read`, because every request parses the same few addresses. */
function keepResults(read: (text: string) => string): (text: string) => string {
  const kept = new LRUCache<string, string>({ max: maxKept })
  return (text) => {
    const known = kept.get(text)
    if (known !== undefined) return known
    const result = read(text)
    if (text.length <= maxKeptLength) kept.set(text, result)
    return result
  }
}

/** Whether the text is an IP address or a network such as 10.0.0.0/8. */
export function isNetwork(text: string): boolean {
  return ipaddr.isValid(text) || ipaddr.isValidCIDR(text)
}

/**
 * The address at the other end of the connection. If that is a trusted proxy, the address that it
 * appended to X-Forwarded-For, and so on to the first that is not trusted. The client can have
 * written the entries before that one.
 */
export function createAddressOf(trustedProxies: readonly string[]): AddressOf {
  const trusted = trustedProxies.map(parseNetwork)
  const isTrusted = (address: Address) =>
    ipaddr.subnetMatch(address, { proxy: trusted }, 'other') === 'proxy'

  const find = keepResults((sent: string) => {
    const [remoteAddress, ...hops] = sent.split(',')
    let address = parseAddress(remoteAddress)
    while (address && isTrusted(address)) {
      const next = parseAddress(hops.pop()?.trim())
      if (!next) break
      address = next
    }
    return address?.toString() ?? ''
  })

  return ({ socket: { remoteAddress = '' }, headers: { 'x-forwarded-for': hops } }) =>
    find(trusted.length === 0 || hops === undefined ? remoteAddress : `${remoteAddress},${hops}`)
}

/** Whether the address at the other end of the connection is that of a trusted proxy. */
export function createIsFromProxy(trustedProxies: readonly string[]) {
  const trusted = trustedProxies.map(parseNetwork)
  const find = keepResults((sent: string) => {
    const address = parseAddress(sent)
    return address ? ipaddr.subnetMatch(address, { proxy: trusted }, 'other') : 'other'
  })
  return ({ socket: { remoteAddress = '' } }: IncomingMessage): boolean =>
    trusted.length > 0 && find(remoteAddress) === 'proxy'
}

/**
 * The key under which an address is counted. For IPv6 it is the /64: one client can use all of it.
 */
export const countedAs = keepResults((address: string): string => {
  const parsed = parseAddress(address)
  if (!parsed || parsed instanceof ipaddr.IPv4) return address
  return parsed.parts.slice(0, 4).join(':')
})

/** An IPv4-mapped IPv6 address becomes an IPv4 address. */
function parseAddress(text: string | undefined): Address | undefined {
  return text && ipaddr.isValid(text) ? ipaddr.process(text) : undefined
}

function parseNetwork(text: string): Network {
  if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text)
  const address = ipaddr.process(text)
  return [address, address instanceof ipaddr.IPv4 ? 32 : 128] as Network
}
