import { setTimeout as sleep } from 'node:timers/promises'
import { openStream, type Stream } from '../testing-stream.ts'

/** Two instances of Taskward on one database. `origin`: where their tokens come from. */
export type Pair = { one: string; other: string; origin: string }

type Account = { email: string; password: string }
type Session = { cookie: string; token: string }

/** How long the other instance took, in milliseconds since the sign-out was answered, a round each. */
export type SignOuts = { refused: number[]; ended: number[]; reasons: Set<unknown> }

/** Signs out on one instance, and watches the token and a stream of it on the other. */
export async function signOutRounds(pair: Pair, rounds: number): Promise<SignOuts> {
  const ada = await createAccount(pair, 'ada')
  const found: SignOuts = { refused: [], ended: [], reasons: new Set() }
  for (let round = 0; round < rounds; round++) {
    const { cookie, token } = await signIn(pair, ada)
    const stream = await openStream(pair.other, token)
    if ((await ask(pair.other, token)).status !== 200) throw new Error('The token is not good.')
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

/** What streams on the other instance heard of changes that were made through one. */
export type Spread = {
  /** Of Ada's streams, how many heard exactly Ada's change. */
  heard: number
  /** Events that reached a stream of somebody else. */
  strays: number
  /** Until the last of them had heard, in milliseconds since the change was answered. */
  millis: number
}

/** Many streams of Ada and some of Bob on the other instance; both change something through one. */
export async function spreadChange(pair: Pair, streamsOfAda: number): Promise<Spread> {
  const [ada, bob] = [
    await signIn(pair, await createAccount(pair, 'ada')),
    await signIn(pair, await createAccount(pair, 'bob')),
  ]
  const adas = await openStreams(pair.other, ada.token, streamsOfAda)
  const bobs = await openStreams(pair.other, bob.token, Math.ceil(streamsOfAda / 10))
  const adasTask = await createTask(pair.one, ada.token)
  const since = performance.now()
  await Promise.all(adas.map((stream) => untilHeard(stream, adasTask)))
  const millis = performance.now() - since
  // What comes to Bob's streams after this would have come to them before.
  const bobsTask = await createTask(pair.one, bob.token)
  await Promise.all(bobs.map((stream) => untilHeard(stream, bobsTask)))
  const isOnly = (id: string) => (stream: Stream) =>
    stream.events.length === 1 && heard(stream).includes(id)
  const found = {
    heard: adas.filter(isOnly(adasTask)).length,
    strays: bobs.filter((stream) => !isOnly(bobsTask)(stream)).length,
    millis,
  }
  for (const { leave } of [...adas, ...bobs]) leave()
  return found
}

async function openStreams(url: string, token: string, count: number): Promise<Stream[]> {
  const streams: Stream[] = []
  while (streams.length < count) {
    const batch = Math.min(50, count - streams.length)
    streams.push(
      ...(await Promise.all(Array.from({ length: batch }, () => openStream(url, token)))),
    )
  }
  return streams
}

const heard = ({ events }: Stream) => events.map(({ data }) => data?.data?.taskChanged.taskId)

async function untilHeard(stream: Stream, id: string): Promise<void> {
  while (!heard(stream).includes(id)) await sleep(1)
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
