import { isAsyncIterable } from 'graphql-yoga'
import { badUserInput } from '#schema/errors.ts'
import { chooseAllowedHeaders } from '../http/cross-origin.ts'
import { answerGraphql, Refusal } from '../http/refusals.ts'
import { usualHeaders } from './cors.ts'
import type { NodePlugin } from './node-plugin.ts'

/** Against CSRF: a page of another site can send bodies of other types without a preflight. */
export const jsonOnly: NodePlugin = {
  onRequest({ request, endResponse, fetchAPI }) {
    const [type] = request.headers.get('content-type')?.split(';') ?? []
    if (request.method !== 'POST' || type?.trim().toLowerCase() === 'application/json') return
    const error = badUserInput('Send the body as JSON, with "Content-Type: application/json".')
    // Without a body, a missing type is not the error.
    const status = type === undefined && isBodiless(request) ? 400 : 415
    error.extensions.http = { status, headers: { 'Accept-Post': 'application/json' } }
    endResponse(answerGraphql(Refusal.from(error), request, fetchAPI))
  },
}

function isBodiless({ headers }: Request): boolean {
  return !headers.has('transfer-encoding') && Number(headers.get('content-length') ?? 0) === 0
}

/** Yoga parses both without a check, and would answer 500 to invalid JSON of the client. */
export const jsonInQuery: NodePlugin = {
  onRequest({ request, url, endResponse, fetchAPI }) {
    const invalid = ['variables', 'extensions'].find((name) => !isJson(url.searchParams.get(name)))
    if (request.method !== 'GET' || invalid === undefined) return
    const error = badUserInput(`${invalid} must be JSON.`, invalid)
    error.extensions.http = { status: 400, headers: {} }
    endResponse(answerGraphql(Refusal.from(error), request, fetchAPI))
  },
}

function isJson(text: string | null): boolean {
  try {
    JSON.parse(text || 'null')
    return true
  } catch {
    return false
  }
}

const knownParams = ['query', 'variables', 'operationName', 'extensions']

/**
 * Leaves out other members of the body, because clients send some of their own. `query` may be
 * missing if `extensions` names a persisted document, which this server does not support: clients
 * with automatic persisted queries know this message, and then send the document.
 */
export const liberalParams: NodePlugin = {
  onParams({ params, setParams }) {
    const members = Object.entries(params as Record<string, unknown>)
    if (members.some(([name]) => !knownParams.includes(name))) {
      setParams(Object.fromEntries(members.filter(([name]) => knownParams.includes(name))))
    }
    if (params.query || !params.extensions?.persistedQuery) return
    const error = badUserInput('PersistedQueryNotSupported', 'extensions')
    error.extensions.http = { status: 400 }
    throw error
  },
}

/** Ends a stream when its connection closes, even if the request has failed before. */
export const streams: NodePlugin = {
  onExecutionResult({ result, setResult, request, context: { res } }) {
    if (!isAsyncIterable(result)) return
    const end = () => void result[Symbol.asyncIterator]().return?.()
    if (res.destroyed) end()
    else res.once('close', end)
    if (acceptsEvents(request)) return
    const error = badUserInput('A subscription is a stream. Send "Accept: text/event-stream".')
    error.extensions.http = { status: 406 }
    setResult({ errors: [error] })
  },
}

function acceptsEvents({ headers }: Request): boolean {
  return /text\/(event-stream|\*)|\*\/\*/.test(headers.get('accept') ?? '*/*')
}

/**
 * nginx collects a response before it sends it, unless this header is there. Yoga's value of
 * Content-Encoding is not one of RFC 9110 §8.4.1, and clients refuse it.
 */
export const unbufferedStreams: NodePlugin = {
  onResponse({ response: { headers } }) {
    if (!headers.get('content-type')?.startsWith('text/event-stream')) return
    headers.set('X-Accel-Buffering', 'no')
    headers.delete('Content-Encoding')
  },
}

/**
 * Yoga repeats the client's Origin. A star has the same effect, and browsers then send no
 * credentials.
 */
export const anyOrigin: NodePlugin = {
  onResponse({ request, response: { headers } }) {
    if (!headers.has('Access-Control-Allow-Origin')) return
    headers.set('Access-Control-Allow-Origin', '*')
    headers.delete('Vary')
    if (request.method !== 'OPTIONS') return
    const asked = request.headers.get('access-control-request-headers')
    headers.set('Access-Control-Allow-Headers', chooseAllowedHeaders(asked, usualHeaders))
  },
}
