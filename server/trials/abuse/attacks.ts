import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { signUp } from '../faults/load.ts'

export type Target = { url: string; token: string }

/** Runs until the signal; resolves with a summary of the answers. */
export type Attack = (target: Target, stop: AbortSignal) => Promise<string>

/** Repeats a request at a fixed rate a second and counts the answers by status. */
function repeat(perSecond: number, send: (target: Target) => Promise<number>): Attack {
  return async (target, stop) => {
    const statuses = new Map<number, number>()
    const sent: Promise<void>[] = []
    while (!stop.aborted) {
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

/** Sends chunks as fast as the server reads, without Content-Length. */
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

/** Sends single bytes slowly until the connection ends. */
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

/** Repeats a request in concurrent lanes and counts the answers by status. */
function flood(lanes: number, send: (target: Target) => Promise<number>): Attack {
  return async (target, stop) => {
    const statuses = new Map<number, number>()
    const lane = async () => {
      while (!stop.aborted) {
        const status = await send(target).catch(() => 0)
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
      }
    }
    await Promise.all(Array.from({ length: lanes }, lane))
    return describe(statuses)
  }
}

function describe(statuses: Map<number, number>): string {
  return [...statuses]
    .map(([status, count]) => `${count} x ${status || 'connection closed'}`)
    .join(', ')
}

/** Creates an attacker's account with 2,000 tasks of 2,000 characters each. */
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
    if (status !== 200) throw new Error(`Creating the attacker's tasks answered ${status}.`)
  }
  return target
}

const searches = Array.from({ length: 15 }, (_, n) => {
  const search = `${'a'.repeat(200 + n)}b`
  return `s${n}: tasks(first: 1, filter: { search: "${search}" }) { totalCount nodes { id } }`
})

/** Opens many connections that send single bytes slowly; counts those that the server closed. */
function trickle(count: number, beginning: string): Attack {
  return async ({ url }, stop) => {
    const { hostname, port } = new URL(url)
    const sockets = Array.from({ length: count }, (): Socket => {
      const socket = connect(Number(port), hostname).on('error', () => {})
      socket.write(beginning)
      return socket.resume()
    })
    while (!stop.aborted) {
      await sleep(500)
      for (const socket of sockets) if (!socket.destroyed) socket.write('a')
    }
    for (const socket of sockets) socket.destroy()
    return `${count} connections`
  }
}

/** Has an invalid signature and an unknown key id, so the server must look up the key first. */
function unknownKid(): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'EdDSA', kid: randomUUID() })}.${part({ sub: 'ada' })}.${'A'.repeat(86)}`
}

const head = 'POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n'

/** Requests that never complete. */
export const trickles = [
  { name: 'slow bodies', beginning: `${head}Content-Length: 10000\r\n\r\n{` },
  { name: 'slow chunked bodies', beginning: `${head}Transfer-Encoding: chunked\r\n\r\nfff\r\n` },
  { name: 'slow heads', beginning: 'GET /graphql HTTP/1.1\r\nX-A: ' },
]

/** `prepare` runs before the attack and answers the attack's target. */
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
    name: 'tokens with unknown keys, 100 a second',
    attack: repeat(100, ({ url }) => post({ url, token: unknownKid() }, '{ __typename }')),
  },
  {
    name: 'failed sign-ins, 5 a second',
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
    name: 'slowest search, 50 concurrent',
    prepare: seedRepeatedText,
    attack: flood(50, (target) =>
      post(target, `{ tasks(filter: { search: "${'a'.repeat(254)}b" }) { totalCount } }`),
    ),
  },
  {
    name: '15 searches in each request, 50 concurrent',
    prepare: seedRepeatedText,
    attack: flood(50, (target) => post(target, `{ ${searches.join(' ')} }`)),
  },
  ...trickles.map(({ name, beginning }) => ({
    name: `500 ${name}`,
    attack: trickle(500, beginning),
  })),
]
