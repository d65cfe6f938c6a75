import { setTimeout as sleep } from 'node:timers/promises'
import { maxStreams } from '../../graphql/live.ts'
import { openStream, type Stream } from '../../testing/stream.ts'

/** Two instances of Taskward on one database. `origin`: the issuer of their tokens. */
export type Pair = { one: string; other: string; origin: string }

type Account = { email: string; password: string }
type Session = { cookie: string; token: string }

/** Times of the other instance for each round, in ms since the answer to the sign-out. */
export type SignOuts = { refused: number[]; ended: number[]; reasons: Set<unknown> }

/** Signs out on one instance and observes the token and its stream on the other. */
export async function signOutRounds(pair: Pair, rounds: number): Promise<SignOuts> {
  const ada = await createAccount(pair, 'ada')
  const found: SignOuts = { refused: [], ended: [], reasons: new Set() }
  for (let round = 0; round < rounds; round++) {
    const { cookie, token } = await signIn(pair, ada)
    const stream = await openStream(pair.other, token)
    if ((await ask(pair.other, token)).status !== 200) throw new Error('The token is not valid.')
    await post(pair, '/api/auth/sign-out', {}, { cookie })
    const since = performance.now()
    const [refused, ended] = await Promise.all([
      untilRefused(pair.other, token).then(() => performance.now() - since),
      stream.ended.then(() => performance.now() - since),
    ])
    found.refused.push(refused)
    found.ended.push(ended)
    found.reasons.add(stream.events.at(-2)?.data?.errors?.[0]?.extensions.reason)
  }
  return found
}

async function untilRefused(url: string, token: string): Promise<void> {
  while ((await ask(url, token)).status !== 401) await sleep(1)
}

/** What streams on one instance received of changes made through the other. */
export type Spread = {
  /** Number of streams that received exactly the changes of their owner. */
  received: number
  /** Number of events that reached a stream of another account. */
  strays: number
  /** Time until the last stream received its owner's change, in ms since the answer to the mutation. */
  ms: number
}

type Owner = { token: string; streams: Stream[] }

/** Opens the maximum of streams for each account on one instance and makes changes through the other. */
export async function spreadChange(pair: Pair, count: number): Promise<Spread> {
  const owners: Owner[] = []
  for (let left = count; left > 0; left -= maxStreams) {
    const { token } = await signIn(pair, await createAccount(pair, 'ada'))
    const opened = Array.from({ length: Math.min(left, maxStreams) }, () =>
      openStream(pair.other, token),
    )
    owners.push({ token, streams: await Promise.all(opened) })
  }
  const first = await changeInTurn(pair, owners)
  // A stray event of the first changes would arrive before the second ones.
  const second = await changeInTurn(pair, owners)
  const found = { received: 0, strays: 0, ms: Math.max(...first.map(({ ms }) => ms)) }
  for (const [n, { streams }] of owners.entries()) {
    const own = [first[n]?.id, second[n]?.id]
    for (const stream of streams) {
      if (listReceivedIds(stream).join() === own.join()) found.received++
      found.strays += listReceivedIds(stream).filter((id) => !own.includes(id)).length
      stream.leave()
    }
  }
  return found
}

async function changeInTurn(pair: Pair, owners: Owner[]) {
  const changes: Awaited<ReturnType<typeof changeAndWait>>[] = []
  for (const owner of owners) changes.push(await changeAndWait(pair, owner))
  return changes
}

async function changeAndWait({ one }: Pair, { token, streams }: Owner) {
  const id = await createTask(one, token)
  const since = performance.now()
  await Promise.all(streams.map((stream) => untilHeard(stream, id)))
  return { id, ms: performance.now() - since }
}

const listReceivedIds = ({ events }: Stream) =>
  events.map(({ data }) => data?.data?.taskChanged.taskId)

async function untilHeard(stream: Stream, id: string): Promise<void> {
  while (!listReceivedIds(stream).includes(id)) await sleep(1)
}

async function createAccount(pair: Pair, name: string): Promise<Account> {
  const email = `${name}-${crypto.randomUUID()}@example.com`
  const password = crypto.randomUUID()
  await post(pair, '/api/auth/sign-up/email', { name, email, password })
  return { email, password }
}

async function signIn(pair: Pair, account: Account): Promise<Session> {
  const response = await post(pair, '/api/auth/sign-in/email', account)
  const cookie = response.headers
    .getSetCookie()
    .map((line) => line.split(';', 1)[0])
    .join('; ')
  const answer = await fetch(`${pair.one}/api/auth/token`, { headers: { cookie } })
  const { token } = (await answer.json()) as { token: string }
  return { cookie, token }
}

async function post({ one, origin }: Pair, path: string, body: object, headers: object = {}) {
  const response = await fetch(one + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Origin: origin, ...headers },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`${path} answered ${response.status} ${await response.text()}`)
  return response
}

function ask(url: string, token: string, query = '{ viewer { id } }'): Promise<Response> {
  return fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
    body: JSON.stringify({ query }),
  })
}

async function createTask(url: string, token: string): Promise<string> {
  const document = 'mutation { createTask(input: { title: "Read the notes" }) { task { id } } }'
  const { data } = (await (await ask(url, token, document)).json()) as {
    data: { createTask: { task: { id: string } } }
  }
  return data.createTask.task.id
}
