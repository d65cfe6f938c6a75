import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { Agent, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

/** A client that writes tasks over keep-alive connections. */
export type Writer = { url: string; token: string; agent: Agent }

/** A task that a writer tried to create. `id`: the creation was acknowledged. */
export type Attempt = {
  writer: Writer
  key: string
  id?: string
  /** The completion was acknowledged. */
  isCompleted?: boolean
  /** Every answer in order: a status, or the error code of a failed connection. */
  outcomes: (number | string)[]
  /** An answer that was neither a success nor a clean 503. */
  unclean?: string
}

type Reply = { status: number; headers: IncomingHttpHeaders; body: string }

export async function signUp(url: string, name: string): Promise<Writer> {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 })
  const email = `${name}-${randomUUID()}@example.com`
  const headers = { 'Content-Type': 'application/json' }
  const account = JSON.stringify({ name, email, password: randomUUID() })
  const signedUp = await ask(agent, `${url}/api/auth/sign-up/email`, headers, account)
  const cookie = (signedUp.headers['set-cookie'] ?? []).map((line) => line.split(';', 1)[0])
  const { body } = await ask(agent, `${url}/api/auth/token`, { Cookie: cookie.join('; ') })
  return { url, agent, token: JSON.parse(body).token }
}

const createDocument = `mutation ($title: String!, $labels: [String!]!) {
  createTask(input: { title: $title, labels: $labels, idempotencyKey: $title }) { task { id } }
}`
const completeDocument = 'mutation ($id: ID!) { completeTask(input: { id: $id }) { task { id } } }'

/** Each writer creates tasks in eight concurrent lanes until it is stopped. */
export function startWriting(writers: Writer[], pauseMs = 0) {
  const attempts: Attempt[] = []
  let isStopped = false
  const lane = async (writer: Writer) => {
    while (!isStopped) {
      const attempt: Attempt = { writer, key: randomUUID(), outcomes: [] }
      attempts.push(attempt)
      await createTask(attempt)
      if (attempt.outcomes.at(-1) === 'ECONNREFUSED') return
      if (attempt.id !== undefined && attempts.length % 3 === 0) await completeTask(attempt)
      await sleep(attempt.id === undefined ? Math.max(pauseMs, 20) : pauseMs)
    }
  }
  const lanes = writers.flatMap((writer) => Array.from({ length: 8 }, () => lane(writer)))
  return {
    attempts,
    /** Resolves at a random moment after a few dozen acknowledgements. */
    async untilSettled(): Promise<void> {
      while (attempts.filter(({ id }) => id !== undefined).length < 50) await sleep(10)
      await sleep(Math.random() * 200)
    },
    async stop(): Promise<void> {
      isStopped = true
      await Promise.all(lanes)
    },
  }
}

/** Retries use the same idempotency key. */
export async function createTask(attempt: Attempt): Promise<void> {
  const labels = ['Work', `label-${attempt.key.slice(0, 2)}`]
  const data = await tell(attempt, createDocument, { title: attempt.key, labels })
  attempt.id = data?.createTask.task.id
}

async function completeTask(attempt: Attempt): Promise<void> {
  const data = await tell(attempt, completeDocument, { id: attempt.id })
  attempt.isCompleted = data !== undefined
}

type Payload = { createTask: { task: { id: string } } }

/** Undefined: not acknowledged. */
async function tell(attempt: Attempt, query: string, variables: object) {
  try {
    const reply = await askGraphql(attempt.writer, query, variables)
    attempt.outcomes.push(reply.status)
    const { data, errors } = JSON.parse(reply.body)
    const isGood = reply.status === 200 && !errors
    if (!isGood && !isClean503(reply)) attempt.unclean = `${reply.status} ${reply.body}`
    return isGood ? (data as Payload) : undefined
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    attempt.outcomes.push(code ?? String(error))
    return undefined
  }
}

function isClean503({ status, headers, body }: Reply): boolean {
  const { errors } = JSON.parse(body)
  const isInContract = errors?.every(({ extensions }: { extensions: { code: string } }) =>
    ['INTERNAL_SERVER_ERROR', 'KEYS_UNAVAILABLE'].includes(extensions.code),
  )
  return status === 503 && isInContract && Number(headers['retry-after']) > 0
}

export function askGraphql(
  { agent, url, token }: Writer,
  query: string,
  variables: object = {},
): Promise<Reply> {
  const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` }
  return ask(agent, `${url}/graphql`, headers, JSON.stringify({ query, variables }))
}

async function ask(
  agent: Agent,
  url: string,
  headers: Record<string, string>,
  body?: string,
): Promise<Reply> {
  const asked = request(url, { agent, headers, method: body === undefined ? 'GET' : 'POST' })
  const answered = once(asked, 'response')
  asked.end(body)
  const [response] = (await answered) as [IncomingMessage]
  const text = Buffer.concat(await response.toArray()).toString()
  return { status: response.statusCode ?? 0, headers: response.headers, body: text }
}
