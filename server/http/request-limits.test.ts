import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { limitTime } from './request-limits.ts'

const ms = 100

type Work = (request: IncomingMessage, response: ServerResponse) => void

/** A server that runs `work` for each request, with a time limit of `ms`. */
async function serve(work: Work): Promise<string> {
  const server = createServer((request, response) => {
    request.id = 'the-id'
    response.once('close', limitTime(request, response, ms))
    work(request, response)
  }).listen(0)
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server, 'listening')
  return `http://localhost:${(server.address() as AddressInfo).port}`
}

describe('a request without a response in time', () => {
  it.each([
    [
      '/graphql?query={a}',
      { errors: [{ message: expect.any(String), extensions: expect.any(Object) }] },
    ],
    ['/api/auth/token', { code: 'INTERNAL_SERVER_ERROR', message: expect.any(String) }],
  ])('gets 503 in the error format of %s', async (path, body) => {
    const url = await serve(() => {})
    const response = await fetch(url + path)
    expect(response.status).toBe(503)
    expect(response.headers.get('Retry-After')).toBe('5')
    const text = await response.text()
    expect(JSON.parse(text)).toEqual(body)
    expect(text).toContain('the-id')
  })

  it('gets one response only', async () => {
    const outcomes: unknown[] = []
    const url = await serve(async (_request, response) => {
      await once(response, 'finish')
      outcomes.push(response.writableEnded)
    })
    expect((await fetch(url)).status).toBe(503)
    await expect.poll(() => outcomes).toEqual([true])
  })
})

describe('a response that has begun in time', () => {
  it('may take longer than the limit', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const url = await serve((_request, response) => {
      response.writeHead(200).write('first ')
      vi.advanceTimersByTime(3 * ms)
      response.end('last')
    })
    expect(await (await fetch(url)).text()).toBe('first last')
  })
})
