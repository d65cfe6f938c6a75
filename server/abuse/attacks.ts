import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export type Target = { url: string; token: string }

/** Goes on until the signal; resolves with what came of it. */
export type Attack = (target: Target, ending: AbortSignal) => Promise<string>

/** Sends the same again and again, so many times a second, and counts the answers by their status. */
function repeat(perSecond: number, send: (target: Target) => Promise<number>): Attack {
  return async (target, ending) => {
    const statuses = new Map<number, number>()
    const sent: Promise<void>[] = []
    while (!ending.aborted) {
      const answered = send(target).catch(() => 0)
      sent.push(
        answered.then((status) => void statuses.set(status, (statuses.get(status) ?? 0) + 1)),
      )
      await sleep(1000 / perSecond)
    }
    await Promise.all(sent)
    return [...statuses].map(([status, count]) => `${count} x ${status || 'hung up'}`).join(', ')
  }
}

async function post({ url, token }: Target, query: string): Promise<number> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
    body: JSON.stringify({ query }),
  })
  await response.text()
  return response.status
}

/** As fast as the server takes it, without saying how long it is. */
function postChunks({ url }: Target, bytes: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'Content-Type': 'application/json', 'Transfer-Encoding': 'chunked' }
    const request = httpRequest(`${url}/graphql`, { method: 'POST', headers })
    request.once('error', reject).once('response', (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    const chunk = Buffer.alloc(65_536, 'a')
    for (let sent = 0; sent < bytes; sent += chunk.length) request.write(chunk)
    request.end()
  })
}

/** Bytes now and then, to the end of the connection. */
export async function secondsUntilCutOff({ url }: Target, beginning: string): Promise<number> {
  const start = performance.now()
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname).on('error', () => {})
  socket.write(beginning)
  const writing = setInterval(() => socket.write('a'), 500)
  await once(socket.resume(), 'close')
  clearInterval(writing)
  return (performance.now() - start) / 1000
}

/** Many connections that send a byte now and then; how many of them the server has closed in the end. */
function trickle(count: number, beginning: string): Attack {
  return async ({ url }, ending) => {
    const { hostname, port } = new URL(url)
    const sockets = Array.from({ length: count }, (): Socket => {
      const socket = connect(Number(port), hostname).on('error', () => {})
      socket.write(beginning)
      return socket.resume()
    })
    while (!ending.aborted) {
      await sleep(500)
      for (const socket of sockets) if (!socket.destroyed) socket.write('a')
    }
    for (const socket of sockets) socket.destroy()
    return `${count} connections`
  }
}

/** With a signature over nothing: the key has to be looked up before anybody can tell. */
function unknownKid(): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'EdDSA', kid: randomUUID() })}.${part({ sub: 'ada' })}.${'A'.repeat(86)}`
}

const head = 'POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n'

/** Requests that never come to an end. */
export const trickles = [
  { name: 'slow bodies', beginning: `${head}Content-Length: 10000\r\n\r\n{` },
  { name: 'slow chunked bodies', beginning: `${head}Transfer-Encoding: chunked\r\n\r\nfff\r\n` },
  { name: 'slow heads', beginning: 'GET /graphql HTTP/1.1\r\nX-A: ' },
]

export const attacks: { name: string; attack: Attack }[] = [
  {
    name: '10 MB in chunks, 5 a second',
    attack: repeat(5, (target) => postChunks(target, 10_000_000)),
  },
  {
    name: '5,000 levels, 20 a second',
    attack: repeat(20, (target) => post(target, `${'{ a '.repeat(5_000)}${'}'.repeat(5_000)}`)),
  },
  {
    name: '1,000 aliases, 20 a second',
    attack: repeat(20, (target) => {
      const aliases = Array.from({ length: 1_000 }, (_, n) => `a${n}: viewer { id }`)
      return post(target, `{ ${aliases.join(' ')} }`)
    }),
  },
  {
    name: 'different documents of 20 kB, 20 a second',
    attack: repeat(20, (target) =>
      post(target, `{ __typename } #${randomUUID()}`.padEnd(20_000, 'a')),
    ),
  },
  {
    name: 'tokens with keys that nobody knows, 100 a second',
    attack: repeat(100, ({ url }) => post({ url, token: unknownKid() }, '{ __typename }')),
  },
  {
    name: 'wrong passwords, 5 a second',
    attack: repeat(5, async ({ url }) => {
      const response = await fetch(`${url}/api/auth/sign-in/email`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Origin: url },
        body: JSON.stringify({ email: 'ada@example.com', password: 'wrong password' }),
      })
      return response.status
    }),
  },
  ...trickles.map(({ name, beginning }) => ({
    name: `500 ${name}`,
    attack: trickle(500, beginning),
  })),
]
