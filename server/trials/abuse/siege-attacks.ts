import { randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { createAccessToken } from '../../tokens/access-token.ts'
import {
  type Browser,
  connectApp,
  openBrowser,
  type Person,
  type Reply,
  registerApp,
  sendForm,
  signUp,
} from './person.ts'

/** Counts answers by their status. */
export type Count = (reply: Pick<Reply, 'status'>) => void

/** Prepares an attack from its own address. The result runs the attack until the signal. */
type SiegeAttack = (browser: Browser) => Promise<(count: Count, stop: AbortSignal) => unknown>

/** In each of `lanes`, sends the next request when the previous one is answered. */
function inLanes(lanes: number, send: () => Promise<Pick<Reply, 'status'> | undefined>) {
  return (count: Count, stop: AbortSignal) =>
    Promise.all(
      Array.from({ length: lanes }, async () => {
        while (!stop.aborted) {
          const reply = await send().catch(() => ({ status: 0 }))
          if (reply) count(reply)
          if (reply?.status === 0) await sleep(50)
        }
      }),
    )
}

const createTasks = `mutation (${range(15, (n) => `$i${n}: CreateTaskInput!`)}) {
  ${range(15, (n) => `c${n}: createTask(input: $i${n}) { task { id } }`)}
}`

function range(length: number, text: (n: number) => string): string {
  return Array.from({ length }, (_, n) => text(n)).join(' ')
}

/** Tasks whose text is the slowest to search. */
async function writeTasks(person: Person, total: number): Promise<void> {
  const input = { title: 'a'.repeat(255), description: 'a'.repeat(2_000) }
  const variables = Object.fromEntries(Array.from({ length: 15 }, (_, n) => [`i${n}`, input]))
  for (let written = 0; written < total; ) {
    const { status } = await person.query(createTasks, variables)
    if (status === 200) written += 15
    else await sleep(500)
  }
}

async function search(browser: Browser) {
  const person = await signUp(browser, 'searcher')
  await writeTasks(person, 2_000)
  const document = 'query ($s: String) { tasks(filter: { search: $s }) { totalCount } }'
  return inLanes(50, () => person.query(document, { s: `b${'a'.repeat(250)}` }))
}

async function signUps(browser: Browser) {
  return inLanes(60, () =>
    browser.post('/api/auth/sign-up/email', {
      name: 'Many',
      email: `${randomUUID()}@example.com`,
      password: randomUUID(),
    }),
  )
}

async function streams(browser: Browser) {
  const person = await signUp(browser, 'follower')
  const id = await createTask(person)
  const document = 'subscription { taskChanged { kind task { title labels } } }'
  const headers = { Authorization: `Bearer ${person.token}`, Accept: 'text/event-stream' }
  const follow = inLanes(300, () => person.post('/graphql', { query: document }, headers))
  const write = inLanes(2, () =>
    person.query(
      `mutation { updateTask(input: { id: "${id}", title: "${randomBytes(8).toString('hex')}" }) { task { id } } }`,
    ),
  )
  return (count: Count, stop: AbortSignal) =>
    // Streams are still open when the siege ends and are not awaited.
    Promise.race([
      Promise.all([follow(count, stop), write(count, stop)]),
      new Promise((resolve) => stop.addEventListener('abort', resolve)),
    ])
}

async function createTask(person: Person): Promise<string> {
  const { body } = await person.query(
    'mutation { createTask(input: { title: "Follow me" }) { task { id } } }',
  )
  return JSON.parse(body).data.createTask.task.id
}

async function badTokens(browser: Browser) {
  return inLanes(50, () =>
    browser.post(
      '/graphql',
      { query: '{ tasks { totalCount } }' },
      { Authorization: `Bearer ${createAccessToken()}` },
    ),
  )
}

/** The app refreshes and revokes in a loop while its user connects and disconnects it. */
async function disconnects(browser: Browser) {
  const person = await signUp(browser, 'disconnecter')
  const clientId = await registerApp(browser)
  const headers = { Cookie: person.cookie }
  return inLanes(8, async () => {
    const tokens = await connectApp(person, clientId)
    if (tokens) {
      const { refresh_token: token } = tokens
      const form = { client_id: clientId, grant_type: 'refresh_token', refresh_token: token }
      await sendForm(browser, '/api/auth/oauth2/token', form)
      await sendForm(browser, '/api/auth/oauth2/revoke', { client_id: clientId, token })
    }
    const { body } = await person.ask('/api/auth/connected-app/list', { headers })
    const [app] = asList(body)
    return person.post('/api/auth/connected-app/disconnect', { id: app?.id ?? '-' }, headers)
  })
}

function asList(body: string): { id: string }[] {
  const parsed: unknown = JSON.parse(body)
  return Array.isArray(parsed) ? parsed : []
}

const siegeAttacks: Record<string, SiegeAttack> = {
  search,
  'sign-ups': signUps,
  streams,
  'bad tokens': badTokens,
  disconnects,
}

/** Runs all attacks concurrently, each from its own address; resolves with their answers by status. */
export async function besiege(
  url: string,
  begun: () => void,
  stop: AbortSignal,
): Promise<Record<string, Record<number, number>>> {
  const outcomes: Record<string, Record<number, number>> = {}
  const prepared = await Promise.all(
    Object.entries(siegeAttacks).map(async ([name, attack], n) => {
      const statuses: Record<number, number> = {}
      outcomes[name] = statuses
      const count: Count = ({ status }) => {
        statuses[status] = (statuses[status] ?? 0) + 1
      }
      const run = await attack(openBrowser(url, `127.0.0.${10 + n}`))
      return () => run(count, stop)
    }),
  )
  begun()
  await Promise.all(prepared.map((run) => run()))
  return outcomes
}
