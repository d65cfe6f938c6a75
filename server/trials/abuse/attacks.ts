import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { signUp } from '../faults/load.ts'

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
    return describe(statuses)
  }
}

async function post({ url, token }: Target, query: string, variables?: object): Promise<number> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, variables }),
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

/** As many at once as lanes, each again and again; counts the answers by their status. */
function flood(lanes: number, send: (target: Target) => Promise<number>): Attack {
  return async (target, ending) => {
    const statuses = new Map<number, number>()
    const lane = async () => {
      while (!ending.aborted) {
        const status = await send(target).catch(() => 0)
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
      }
    }
    await Promise.all(Array.from({ length: lanes }, lane))
    return describe(statuses)
  }
}

function describe(statuses: Map<number, number>): string {
  return [...statuses].map(([status, count]) => `${count} x ${status || 'hung up'}`).join(', ')
}

/** An account of the attacker's own, with 2,000 tasks of 2,000 characters each. */
async function seedRepeatedText({ url }: Target): Promise<Target> {
  const { token } = await signUp(url, 'eve')
  const target = { url, token }
  const creations = Array.from(
    { length: 15 },
    (_, n) => `c${n}: createTask(input: { title: "a", description: $text }) { task { id } }`,
  )
  const document = `mutation ($text: String!) { ${creations.join(' ')} }`
  for (let written = 0; written < 2_000; written += creations.length) {
    const status = await post(target, document, { text: 'a'.repeat(2_000) })
    if (status !== 200) throw new Error(`The tasks of the attacker got ${status}.`)
  }
  return target
}

const searches = Array.from({ length: 15 }, (_, n) => {
  const search = `${'a'.repeat(200 + n)}b`
  return `s${n}: tasks(first: 1, filter: { search: "${search}" }) { totalCount nodes { id } }`
})

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

/** `prepare`: what comes before; the attack is on what it answers. */
type NamedAttack = { name: string; attack: Attack; prepare?: (target: Target) => Promise<Target> }

export const attacks: NamedAttack[] = [
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
  {
    name: 'search for the worst needle, 50 at once',
    prepare: seedRepeatedText,
    attack: flood(50, (target) =>
      post(target, `{ tasks(filter: { search: "${'a'.repeat(254)}b" }) { totalCount } }`),
    ),
  },
  {
    name: '15 searches in each request, 50 at once',
    prepare: seedRepeatedText,
    attack: flood(50, (target) => post(target, `{ ${searches.join(' ')} }`)),
  },
  ...trickles.map(({ name, beginning }) => ({
    name: `500 ${name}`,
    attack: trickle(500, beginning),
  })),
]
