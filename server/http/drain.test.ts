import { once } from 'node:events'
import {
  Agent,
  createServer,
  type IncomingMessage,
  type RequestListener,
  request,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { within } from '#db/testing/within.ts'
import { createDrain } from './drain.ts'

const answerAtOnce: RequestListener = (_request, response) => response.end('done')

describe('a server that is stopping', () => {
  it('finishes the open response and closes its connection', async () => {
    const { ask, nextResponse, drain, untilStopping } = await start(() => {})
    const asked = nextResponse()
    const answer = ask()
    const response = await asked
    const drained = drain()
    await untilStopping()
    response.end('done')
    await drained
    expect(await answer).toEqual({ body: 'done', connection: 'close' })
  })

  it('answers a request on a connection that was idle', async () => {
    const { ask, drain, untilStopping } = await start(answerAtOnce)
    expect(await ask()).toEqual({ body: 'done', connection: 'keep-alive' })
    const drained = drain()
    await untilStopping()
    expect(await ask()).toEqual({ body: 'done', connection: 'close' })
    await drained
  })

  it('accepts no new connections', async () => {
    const { url, drain, untilStopping } = await start(answerAtOnce)
    const drained = drain()
    await untilStopping()
    await expect(fetch(url)).rejects.toThrow()
    await drained
  })

  it('stops immediately without connections', async () => {
    const { drain } = await start(answerAtOnce)
    await within(5_000, drain())
  })

  it('does not wait for idle connections', async () => {
    const { ask, drain } = await start(answerAtOnce)
    await ask()
    await within(5_000, drain())
  })

  it('stops waiting for a response that never comes', async () => {
    const { ask, nextResponse, drain } = await start(() => {})
    const asked = nextResponse()
    const answer = ask().catch((error: NodeJS.ErrnoException) => error.code)
    await asked
    await within(15_000, drain())
    expect(await answer).toBe('ECONNRESET')
  })

  it('resets no request of clients that send one after another', async () => {
    const { ask, drain } = await start(answerAtOnce, 20)
    let isGone = false
    const outcomes: unknown[] = []
    const client = async () => {
      while (!isGone) {
        const outcome = await ask().catch((error: NodeJS.ErrnoException) => error.code)
        outcomes.push(outcome)
        if (outcome === 'ECONNREFUSED') return
      }
    }
    const clients = Array.from({ length: 20 }, client)
    await vi.waitUntil(() => outcomes.length > 100)
    await drain()
    isGone = true
    await Promise.all(clients)
    const codes = new Set(outcomes.filter((outcome) => typeof outcome === 'string'))
    expect([...codes]).toEqual(['ECONNREFUSED'])
  })
})

/** A server, and a client that keeps its connections. */
async function start(listener: RequestListener, maxSockets = 1) {
  const server = createServer(listener)
  const drain = createDrain(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const agent = new Agent({ keepAlive: true, maxSockets })
  onTestFinished(() => {
    agent.destroy()
    server.closeAllConnections()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const ask = async () => {
    const asked = request(url, { agent }).end()
    const [response] = (await once(asked, 'response')) as [IncomingMessage]
    const body = (await response.toArray()).join('')
    return { body, connection: response.headers.connection }
  }
  const nextResponse = async (): Promise<ServerResponse> => {
    const [, response] = await once(server, 'request')
    return response
  }
  const untilStopping = () => vi.waitUntil(() => !server.listening, { interval: 1 })
  return { url, ask, nextResponse, drain, untilStopping }
}
