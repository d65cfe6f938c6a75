import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { countedAs, createAddressOf, isNetwork } from './client-address.ts'

const addressOf = (proxies: string[], remoteAddress: string | undefined, forwarded?: string) =>
  createAddressOf(proxies)({
    socket: { remoteAddress },
    headers: { 'x-forwarded-for': forwarded },
  } as unknown as IncomingMessage)

describe('the address of a client', () => {
  it.each<[origin: string, proxies: string[], socket: string, forwarded: string, address: string]>([
    ['of the connection, without proxies', [], '192.0.2.1', '198.51.100.1', '192.0.2.1'],
    [
      'of the connection, if that is not a trusted proxy',
      ['10.0.0.0/8'],
      '192.0.2.1',
      '10.0.0.1',
      '192.0.2.1',
    ],
    ['that the proxy appended', ['10.0.0.0/8'], '10.1.2.3', '192.0.2.1', '192.0.2.1'],
    [
      'that the proxy appended, not the one that the client wrote',
      ['10.0.0.1'],
      '10.0.0.1',
      '198.51.100.1, 192.0.2.1',
      '192.0.2.1',
    ],
    ['before several proxies', ['10.0.0.0/8'], '10.0.0.1', '192.0.2.1, 10.0.0.2', '192.0.2.1'],
    ['of the proxy, without X-Forwarded-For', ['10.0.0.1'], '10.0.0.1', '', '10.0.0.1'],
    [
      'of the proxy, if the appended text is not an address',
      ['10.0.0.1'],
      '10.0.0.1',
      '192.0.2.1, me',
      '10.0.0.1',
    ],
    [
      'of IPv4, if the proxy is IPv4-mapped IPv6',
      ['10.0.0.1'],
      '::ffff:10.0.0.1',
      '192.0.2.1',
      '192.0.2.1',
    ],
    [
      'of IPv6, in canonical spelling',
      ['2001:db8::/32'],
      '2001:db8::1',
      '2001:DB9:0::1',
      '2001:db9::1',
    ],
  ])('is the one %s', (_origin, proxies, socket, forwarded, address) => {
    expect(addressOf(proxies, socket, forwarded)).toBe(address)
  })

  it('is empty when the connection is closed', () => {
    expect(addressOf([], undefined)).toBe('')
  })
})

describe('the counted address', () => {
  it('is the /64 of an IPv6 address, because one client can use all of it', () => {
    expect(countedAs('2001:db8:0:1::1')).toBe(countedAs('2001:db8:0:1:a:b:c:d'))
    expect(countedAs('2001:db8:0:1::1')).not.toBe(countedAs('2001:db8:0:2::1'))
  })

  it('is the whole IPv4 address', () => {
    expect(countedAs('192.0.2.1')).not.toBe(countedAs('192.0.2.2'))
  })
})

describe('a trusted proxy', () => {
  it.each(['10.0.0.1', '10.0.0.0/8', '::1', '2001:db8::/32'])('may be %s', (text) => {
    expect(isNetwork(text)).toBe(true)
  })

  it.each(['', 'all', '10.0.0.0/33', 'proxy.example.com', '*'])('may not be "%s"', (text) => {
    expect(isNetwork(text)).toBe(false)
  })
})
