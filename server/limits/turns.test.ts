import { once } from 'node:events'
import { createServer, IncomingMessage, type Server, ServerResponse } from 'node:http'
import { type AddressInfo, Socket } from 'node:net'
import { afterEach, expect } from 'vitest'
import { QueueFull } from '#db/fair-queue.ts'
import { it } from '../testing/test.ts'
import { createTurns, type Sender, type TakeTurn } from './turns.ts'

let server: Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

type Handle = (path: string, response: ServerResponse) => void

/** A server that uses the first segment of the path as the client address. */
async function start(handle: Handle, bounds?: Parameters<typeof createTurns>[0]) {
  const takeTurn = createTurns(bounds)
  server = createServer((request, response) => {
    const path = request.url ?? ''
    const [, address = ''] = path.split('/')
    const work = async () => handle(path, response)
    takeTurn({ address, credential: '' }, response, work).catch((error) => {
      response.writeHead(error instanceof QueueFull ? 429 : 500).end()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return (path: string) => fetch(`http://127.0.0.1:${port}${path}`)
}

/** A request that is answered in the next turn of the event loop. */
function send(takeTurn: TakeTurn, sender: Partial<Sender>, begin: () => void) {
  const response = new ServerResponse(new IncomingMessage(new Socket()))
  return takeTurn({ address: 'here', credential: '', ...sender }, response, async () => {
    begin()
    setImmediate(() => response.emit('close'))
  })
}

it('runs a request of another address before the many of one address', async () => {
  const takeTurn = createTurns()
  const begun: string[] = []
  const addresses = [...Array.from({ length: 200 }, () => 'flood'), 'other']
  await Promise.all(
    addresses.map((address) => send(takeTurn, { address }, () => begun.push(address))),
  )
  expect(begun).toHaveLength(201)
  expect(begun.indexOf('other')).toBe(8) // only the share of the flood comes before it
})

it('runs a request with another credential before the many of the same address', async () => {
  const takeTurn = createTurns()
  const begun: string[] = []
  const credentials = [...Array.from({ length: 200 }, () => 'flood'), 'other']
  await Promise.all(
    credentials.map((credential) => send(takeTurn, { credential }, () => begun.push(credential))),
  )
  expect(begun.indexOf('other')).toBe(8)
})

it('runs no more requests of one address than its share, with any number of credentials', async () => {
  const takeTurn = createTurns()
  let begun = 0
  const flood = Array.from({ length: 50 }, (_, n) =>
    send(takeTurn, { credential: String(n) }, () => begun++),
  )
  expect(begun).toBe(8)
  await Promise.all(flood)
  expect(begun).toBe(50)
})

it('lets the event loop turn between two requests of one address', async () => {
  const takeTurn = createTurns({ shared: 1 })
  let rounds = 0
  let counting = setImmediate(function count() {
    rounds++
    counting = setImmediate(count)
  })
  const begun: number[] = []
  await Promise.all(Array.from({ length: 50 }, () => send(takeTurn, {}, () => begun.push(rounds))))
  clearImmediate(counting)
  expect(new Set(begun).size).toBeGreaterThan(1)
})

it('does not wait for a slow request', async () => {
  const visit = await start((path, response) => {
    if (!path.endsWith('slow')) response.end()
  })
  for (let n = 0; n < 4; n++) visit('/ada/slow').catch(() => {})
  expect((await visit('/ada/quick')).status).toBe(200)
})

it('refuses an address with too many waiting requests, but no other', async () => {
  const visit = await start(
    (path, response) => {
      if (!path.endsWith('slow')) response.end()
    },
    { shared: 1, maxWaitingPerCredential: 1 },
  )
  const flood = Array.from({ length: 10 }, () => visit('/flood/slow').catch(() => undefined))
  expect((await Promise.race(flood))?.status).toBe(429)
  expect((await visit('/other/quick')).status).toBe(200)
})

it('answers each of 520 concurrent requests of one address with 200 or 429', async ({ app }) => {
  const answers = await Promise.all(Array.from({ length: 520 }, () => app.query('{ __typename }')))
  for (const { status, headers, body } of answers) {
    expect([200, 429]).toContain(status)
    if (status === 200) continue
    expect(body.errors?.[0]?.extensions.code).toBe('RATE_LIMITED')
    expect(headers.get('Retry-After')).toBe('1')
  }
})
