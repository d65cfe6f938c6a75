import { once } from 'node:events'
import { createServer, IncomingMessage, type Server, ServerResponse } from 'node:http'
import { type AddressInfo, Socket } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { QueueFull } from '#db/fair-queue.ts'
import { startApp } from '../testing/app.ts'
import { createTurns, type Sender, type TakeTurn } from './turns.ts'

let server: Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

type Handle = (path: string, response: ServerResponse) => void

/** A server that takes the first part of the path for the address. */
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
  const ask = (path: string) => fetch(`http://127.0.0.1:${port}${path}`)
  return ask
}

/** A request that is answered when the event loop comes round. */
function ask(takeTurn: TakeTurn, sender: Partial<Sender>, begin: () => void) {
  const response = new ServerResponse(new IncomingMessage(new Socket()))
  return takeTurn({ address: 'here', credential: '', ...sender }, response, async () => {
    begin()
    setImmediate(() => response.emit('close'))
  })
}

it('works on a request from elsewhere before the many of one address', async () => {
  const takeTurn = createTurns()
  const begun: string[] = []
  const addresses = [...Array.from({ length: 200 }, () => 'flood'), 'stranger']
  await Promise.all(
    addresses.map((address) => ask(takeTurn, { address }, () => begun.push(address))),
  )
  expect(begun).toHaveLength(201)
  expect(begun.indexOf('stranger')).toBe(8) // only the share of the flood comes before it
})

it('works on a request with another credential before the many of the same address', async () => {
  const takeTurn = createTurns()
  const begun: string[] = []
  const credentials = [...Array.from({ length: 200 }, () => 'flood'), 'stranger']
  await Promise.all(
    credentials.map((credential) => ask(takeTurn, { credential }, () => begun.push(credential))),
  )
  expect(begun.indexOf('stranger')).toBe(8)
})

it('works on no more requests of one address than its share, whatever their credentials', async () => {
  const takeTurn = createTurns()
  let begun = 0
  const flood = Array.from({ length: 50 }, (_, n) =>
    ask(takeTurn, { credential: String(n) }, () => begun++),
  )
  expect(begun).toBe(8)
  await Promise.all(flood)
  expect(begun).toBe(50)
})

it('lets the event loop come round between two requests of one address', async () => {
  const takeTurn = createTurns({ shared: 1 })
  let rounds = 0
  const counting = setInterval(() => rounds++, 0)
  const begun: number[] = []
  await Promise.all(Array.from({ length: 50 }, () => ask(takeTurn, {}, () => begun.push(rounds))))
  clearInterval(counting)
  expect(new Set(begun).size).toBeGreaterThan(1)
})

it('does not wait for a request that takes long', async () => {
  const visit = await start((path, response) => {
    if (!path.endsWith('slow')) response.end()
  })
  for (let n = 0; n < 4; n++) visit('/ada/slow').catch(() => {})
  expect((await visit('/ada/quick')).status).toBe(200)
})

it('refuses an address of which too many wait, and no other', async () => {
  const visit = await start(
    (path, response) => {
      if (!path.endsWith('slow')) response.end()
    },
    { shared: 1, maxWaitingPerCredential: 1 },
  )
  const flood = Array.from({ length: 10 }, () => visit('/flood/slow').catch(() => undefined))
  expect((await Promise.race(flood))?.status).toBe(429)
  expect((await visit('/stranger/quick')).status).toBe(200)
})

it('answers 520 requests at once of one address, or says that they are too many', async () => {
  const app = await startApp()
  const answers = await Promise.all(Array.from({ length: 520 }, () => app.query('{ __typename }')))
  for (const { status, headers, body } of answers) {
    expect([200, 429]).toContain(status)
    if (status === 200) continue
    expect(body.errors?.[0]?.extensions.code).toBe('RATE_LIMITED')
    expect(headers.get('Retry-After')).toBe('1')
  }
  await app.close()
})
