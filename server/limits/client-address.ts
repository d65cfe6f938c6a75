import type { IncomingMessage } from 'node:http'
import ipaddr from 'ipaddr.js'

type Address = ReturnType<typeof ipaddr.process>
type Network = ReturnType<typeof ipaddr.parseCIDR>

/** Where a request comes from; empty when its connection is gone already. */
export type AddressOf = (request: IncomingMessage) => string

/** Whether the text is an address, or a network such as 10.0.0.0/8. */
export function isNetwork(text: string): boolean {
  return ipaddr.isValid(text) || ipaddr.isValidCIDR(text)
}

/**
 * The other end of the connection; if that is a trusted proxy, whom it names in X-Forwarded-For,
 * and so on to the first who is not trusted. What stands beyond, anybody can have written.
 */
export function createAddressOf(trustedProxies: readonly string[]): AddressOf {
  const trusted = trustedProxies.map(parseNetwork)
  const isTrusted = (address: Address) =>
    ipaddr.subnetMatch(address, { proxy: trusted }, 'stranger') === 'proxy'

  return ({ socket: { remoteAddress }, headers }) => {
    let address = parseAddress(remoteAddress)
    const hops = String(headers['x-forwarded-for'] ?? '').split(',')
    while (address && isTrusted(address)) {
      const next = parseAddress(hops.pop()?.trim())
      if (!next) break
      address = next
    }
    return address?.toString() ?? ''
  }
}

/** The addresses that are counted as one: of IPv6, whoever has one has the 2^64 beside it. */
export function countedAs(address: string): string {
  const parsed = parseAddress(address)
  if (!parsed || parsed instanceof ipaddr.IPv4) return address
  return parsed.parts.slice(0, 4).join(':')
}

/** An IPv4 address that is written as IPv6 is an IPv4 address. */
function parseAddress(text: string | undefined): Address | undefined {
  return text && ipaddr.isValid(text) ? ipaddr.process(text) : undefined
}

function parseNetwork(text: string): Network {
  if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text)
  const address = ipaddr.process(text)
  return [address, address instanceof ipaddr.IPv4 ? 32 : 128] as Network
}
