import { once } from 'node:events'
import { Agent, createServer, type IncomingMessage, type RequestListener, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createDrain } from './drain.ts'

const slowly: RequestListener = async (_request, response) => {
  await sleep(300)
  response.end('done')
}

describe('a server that is stopping', () => {
  it('finishes the open response and closes its connection', async () => {
    const { ask, drain } = await start(slowly)
    const answer = ask()
    await sleep(50)
    await drain()
    expect(await answer).toEqual({ body: 'done', connection: 'close' })
  })

  it('answers a request on a connection that was idle', async () => {
    const { ask, drain } = await start((_request, response) => response.end('done'))
    expect(await ask()).toEqual({ body: 'done', connection: 'keep-alive' })
    const drained = drain()
    await sleep(50)
    expect(await ask()).toEqual({ body: 'done', connection: 'close' })
    await drained
  })

  it('accepts no new connections', async () => {
    const { url, drain } = await start(slowly)
    const drained = drain()
    await sleep(50)
    await expect(fetch(url)).rejects.toThrow()
    await drained
  })

  it('stops immediately without connections', async () => {
    const { drain } = await start(slowly)
    const since = performance.now()
    await drain()
    expect(performance.now() - since).toBeLessThan(100)
  })

  it('does not wait for idle connections', async () => {
    const { ask, drain } = await start((_request, response) => response.end('done'))
    await ask()
    const since = performance.now()
    await drain()
    expect(performance.now() - since).toBeLessThan(1_000)
  })

  it('stops waiting for a response that never comes', async () => {
    const { ask, drain } = await start(() => {})
    const answer = ask().catch((error: NodeJS.ErrnoException) => error.code)
    await sleep(50)
    const since = performance.now()
    await drain()
    expect(await answer).toBe('ECONNRESET')
    expect(performance.now() - since).toBeLessThan(8_000)
  })

  it('resets no request of clients that send one after another', async () => {
    const { ask, drain } = await start((_request, response) => response.end('done'), 20)
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
    await sleep(100)
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
  return { url, ask, drain }
}
