import { Resolver } from 'node:dns/promises'
import type { IncomingMessage } from 'node:http'
import { Agent, type RequestOptions, request } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'

/** As draft-ietf-oauth-client-id-metadata-document §8.7 recommends. */
const maxBytes = 5_120
/** For name, connection and document together. */
const maxMs = 5_000

/** The document of a client cannot be used. `code`: whether another attempt may succeed. */
export class DocumentRefused extends Error {
  readonly code: 'UNAVAILABLE' | 'INVALID'

  constructor(code: DocumentRefused['code'], message: string) {
    super(message)
    this.code = code
  }
}

export type FetchedDocument = {
  document: unknown
  /** From Cache-Control. 0: do not store. Undefined: the server does not say. */
  maxAgeSeconds: number | undefined
}

/** @throws DocumentRefused for every failure. */
export type FetchDocument = (url: string) => Promise<FetchedDocument>

type FetchOptions = {
  /** The addresses of a host, of IPv4 and IPv6. */
  resolve?: (hostname: string, signal: AbortSignal) => Promise<string[]>
  agent?: Agent
  timeoutMs?: number
}

/**
 * Fetches JSON from a URL that a stranger has chosen. Only public addresses are connected to, and
 * exactly those that were checked, so that a second answer of the name server has no effect.
 */
export function createDocumentFetch({
  resolve = resolveHost,
  agent = new Agent({ keepAlive: false }),
  timeoutMs = maxMs,
}: FetchOptions = {}): FetchDocument {
  return async (url) => {
    const signal = AbortSignal.timeout(timeoutMs)
    try {
      const addresses = await resolve(new URL(url).hostname, signal)
      const lookup = pinAddresses(requirePublic(addresses))
      const response = await open(url, { agent, lookup, signal })
      return await readDocument(response)
    } catch (error) {
      if (error instanceof DocumentRefused) throw error
      const reason = signal.aborted ? `took longer than ${timeoutMs} ms` : String(error)
      throw new DocumentRefused('UNAVAILABLE', `It cannot be fetched: ${reason}.`)
    }
  }
}

/** With c-ares: a slow name server does not occupy a thread of libuv, as getaddrinfo would. */
async function resolveHost(hostname: string, signal: AbortSignal): Promise<string[]> {
  const resolver = new Resolver({ timeout: 1_000, tries: 2 })
  signal.addEventListener('abort', () => resolver.cancel(), { once: true })
  const answers = await Promise.allSettled([
    resolver.resolve4(hostname),
    resolver.resolve6(hostname),
  ])
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
}

function requirePublic(addresses: string[]): string[] {
  if (addresses.length === 0) throw new DocumentRefused('UNAVAILABLE', 'Its host has no address.')
  if (addresses.every(isPublicAddress)) return addresses
  throw new DocumentRefused('INVALID', 'Its host has an address that is not public.')
}

/** Not private, loopback, link-local or of another special use (RFC 6890). */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false
  const address = ipaddr.process(text) // an IPv4-mapped address becomes the IPv4 address
  if (address.range() !== 'unicast') return false
  return address instanceof ipaddr.IPv4 || address.match(ipaddr.IPv6.parseCIDR('2000::/3'))
}

function pinAddresses(addresses: string[]): LookupFunction {
  const pinned = addresses.map((address) => ({ address, family: isIP(address) }))
  return (_hostname, { all }, answer) => {
    if (all) answer(null, pinned)
    else answer(null, pinned[0]?.address ?? '', pinned[0]?.family)
  }
}

/** Does not follow redirects. */
function open(url: string, options: RequestOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { Accept: 'application/json', 'User-Agent': 'Taskward' }
    const limits = { maxHeaderSize: 8_192, rejectUnauthorized: true }
    request(url, { ...options, ...limits, headers }, resolve)
      .on('error', reject)
      .end()
  })
}

async function readDocument(response: IncomingMessage): Promise<FetchedDocument> {
  try {
    requireJson(response)
    const document: unknown = parseJson(await readBody(response))
    return { document, maxAgeSeconds: findMaxAge(response.headers['cache-control']) }
  } finally {
    response.destroy()
  }
}

function requireJson({ statusCode, headers }: IncomingMessage): void {
  if (statusCode !== 200)
    throw new DocumentRefused('UNAVAILABLE', `Its status is ${statusCode}, not 200.`)
  if (!/^application\/([\w.-]+\+)?json *(;|$)/i.test(headers['content-type'] ?? ''))
    throw new DocumentRefused('INVALID', 'Its Content-Type is not application/json.')
}

async function readBody(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of response) {
    length += chunk.length
    if (length > maxBytes)
      throw new DocumentRefused('INVALID', `It is larger than ${maxBytes} bytes.`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch {
    throw new DocumentRefused('INVALID', 'It is not JSON in UTF-8.')
  }
}

function findMaxAge(cacheControl = ''): number | undefined {
  if (/\bno-(store|cache)\b/i.test(cacheControl)) return 0
  const [, seconds] = /\bmax-age=(\d{1,9})/i.exec(cacheControl) ?? []
  return seconds === undefined ? undefined : Number(seconds)
}
