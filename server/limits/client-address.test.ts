import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { countedAs, createAddressOf, isNetwork } from './client-address.ts'

const addressOf = (proxies: string[], remoteAddress: string | undefined, forwarded?: string) =>
  createAddressOf(proxies)({
    socket: { remoteAddress },
    headers: { 'x-forwarded-for': forwarded },
  } as unknown as IncomingMessage)

describe('the address of a client', () => {
  it.each<[how: string, proxies: string[], socket: string, forwarded: string, address: string]>([
    ['of the socket, without proxies', [], '192.0.2.1', '198.51.100.1', '192.0.2.1'],
    ['of the socket, if that is no proxy', ['10.0.0.0/8'], '192.0.2.1', '10.0.0.1', '192.0.2.1'],
    ['as the proxy names it', ['10.0.0.0/8'], '10.1.2.3', '192.0.2.1', '192.0.2.1'],
    ['never as the client does', ['10.0.0.1'], '10.0.0.1', '198.51.100.1, 192.0.2.1', '192.0.2.1'],
    ['beyond several proxies', ['10.0.0.0/8'], '10.0.0.1', '192.0.2.1, 10.0.0.2', '192.0.2.1'],
    ['of the proxy, if it names none', ['10.0.0.1'], '10.0.0.1', '', '10.0.0.1'],
    ['of the proxy, if it names nonsense', ['10.0.0.1'], '10.0.0.1', '192.0.2.1, me', '10.0.0.1'],
    ['of IPv4 that is written as IPv6', ['10.0.0.1'], '::ffff:10.0.0.1', '192.0.2.1', '192.0.2.1'],
    ['of IPv6', ['2001:db8::/32'], '2001:db8::1', '2001:DB9:0::1', '2001:db9::1'],
  ])('is the one %s', (_how, proxies, socket, forwarded, address) => {
    expect(addressOf(proxies, socket, forwarded)).toBe(address)
  })

  it('is empty when the connection is gone', () => {
    expect(addressOf([], undefined)).toBe('')
  })
})

describe('counted as one', () => {
  it('are the addresses of a /64 of IPv6, because one client has them all', () => {
    expect(countedAs('2001:db8:0:1::1')).toBe(countedAs('2001:db8:0:1:a:b:c:d'))
    expect(countedAs('2001:db8:0:1::1')).not.toBe(countedAs('2001:db8:0:2::1'))
  })

  it('is an address of IPv4 alone', () => {
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
