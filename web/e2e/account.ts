import { randomUUID } from 'node:crypto'
import type { BrowserContext } from 'playwright-core'

export type NewTask = {
  title: string
  description?: string
  dueOn?: string
  priority?: 'LOW' | 'MEDIUM' | 'HIGH'
  labels?: string[]
  /** Completed right after it was created. */
  done?: boolean
}

/** An account that signed up through the API, and what a test prepares with it. */
export type Account = {
  name: string
  email: string
  password: string
  /** The cookies of the session that the sign-up opened. */
  cookies: Cookie[]
  /** In this order; resolves to their ids. */
  createTasks: (...tasks: (NewTask | string)[]) => Promise<string[]>
  deleteTask: (id: string) => Promise<void>
  restoreTask: (id: string) => Promise<void>
  /** A program with a new access token. It runs an operation; a refusal is in `errors`. */
  createProgram: (name: string, scopes: string[]) => Promise<Program>
  /** All tasks outside the trash with every value, the oldest first. */
  readTasks: () => Promise<object[]>
  /** Titles of all tasks, newest first. */
  listTitles: () => Promise<string[]>
}

export type Program = (
  query: string,
  variables?: object,
) => Promise<{ data?: unknown; errors?: { message: string; extensions: { code: string } }[] }>

type Cookie = { name: string; value: string }

export async function createAccount(
  url: string,
  name: string,
  email = `${name.toLowerCase()}-${randomUUID()}@example.com`,
): Promise<Account> {
  const password = randomUUID()
  const cookies = await openSession(`${url}/api/auth/sign-up/email`, { name, email, password })
  let token: string | undefined
  async function ask(query: string, variables: object = {}): Promise<Record<string, unknown>> {
    token ??= await fetchToken(url, cookies)
    const sent = await sendQuery(url, token, { query, variables })
    if (sent.status !== 401) return dataOf(sent)
    // The test has ended the session.
    const session = await openSession(`${url}/api/auth/sign-in/email`, { email, password })
    token = await fetchToken(url, session)
    return dataOf(await sendQuery(url, token, { query, variables }))
  }
  async function createProgram(program: string, scopes: string[]): Promise<Program> {
    const cookie = toCookieHeader(cookies)
    const created = await post(
      `${url}/api/auth/access-token/create`,
      { name: program, scopes },
      { cookie },
    )
    const made = (await created.json()) as { token: string }
    return async (query, variables) =>
      (await sendQuery(url, made.token, { query, variables })).json()
  }
  return { name, email, password, cookies, createProgram, ...taskCalls(ask) }
}

/** Gives the browser the session of the account's sign-up; open pages are not notified. */
export async function signIn(context: BrowserContext, url: string, { cookies }: Account) {
  await context.addCookies(cookies.map((cookie) => ({ ...cookie, url })))
}

/** Ends the browser's session; open pages are not notified. */
export async function endSession(context: BrowserContext, url: string) {
  const answer = await context.request.post(`${url}/api/auth/sign-out`, {
    data: {},
    headers: { origin: url },
  })
  if (!answer.ok()) throw new Error(`Signing out was refused: ${await answer.text()}`)
}

type Ask = (query: string, variables?: object) => Promise<Record<string, unknown>>

function taskCalls(
  ask: Ask,
): Omit<Account, 'name' | 'email' | 'password' | 'cookies' | 'createProgram'> {
  /** One request for many mutations, which run in order. Returns the ids of their tasks. */
  async function mutate(mutation: 'createTask' | 'completeTask', inputs: object[]) {
    const ids: string[] = []
    for (let start = 0; start < inputs.length; start += maxAliases) {
      const batch = inputs.slice(start, start + maxAliases)
      const type = mutation === 'createTask' ? 'CreateTaskInput' : 'CompleteTaskInput'
      const parameters = batch.map((_, n) => `$i${n}: ${type}!`).join(' ')
      const fields = batch.map((_, n) => `t${n}: ${mutation}(input: $i${n}) { task { id } }`)
      const variables = Object.fromEntries(batch.map((input, n) => [`i${n}`, input]))
      const data = await ask(`mutation (${parameters}) { ${fields.join(' ')} }`, variables)
      const payloads = Object.values(data) as { task: { id: string } }[]
      ids.push(...payloads.map(({ task }) => task.id))
    }
    return ids
  }
  return {
    async createTasks(...tasks) {
      const inputs: object[] = []
      const isDone: boolean[] = []
      for (const task of tasks) {
        const { done = false, ...input } = typeof task === 'string' ? { title: task } : task
        inputs.push(input)
        isDone.push(done)
      }
      const ids = await mutate('createTask', inputs)
      const done = ids.filter((_, n) => isDone[n]).map((id) => ({ id }))
      await mutate('completeTask', done)
      return ids
    },
    async deleteTask(id) {
      await ask(deleteDocument, { input: { id } })
    },
    async restoreTask(id) {
      await ask(restoreDocument, { input: { id } })
    },
    async readTasks() {
      const found: object[] = []
      for (let after: string | null = null; ; ) {
        const { tasks } = (await ask(everythingDocument, { after })) as { tasks: TaskPage }
        found.push(...tasks.nodes)
        after = tasks.pageInfo.endCursor
        if (!tasks.pageInfo.hasNextPage) return found
      }
    },
    async listTitles() {
      const { tasks } = (await ask(listDocument)) as { tasks: { nodes: { title: string }[] } }
      return tasks.nodes.map(({ title }) => title)
    },
  }
}

/** The limit of the API; docs/limits.md lists it. */
const maxAliases = 15

const deleteDocument =
  'mutation ($input: DeleteTaskInput!) { deleteTask(input: $input) { deletedTaskId } }'
const restoreDocument =
  'mutation ($input: RestoreTaskInput!) { restoreTask(input: $input) { task { id } } }'
const everythingDocument = `query ($after: String) {
  tasks(first: 100, after: $after, orderBy: { field: CREATED_AT, direction: ASC }) {
    nodes { id title description completed completedAt dueOn priority labels deletedAt createdAt }
    pageInfo { hasNextPage endCursor }
  }
}`
type TaskPage = { nodes: object[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } }

const listDocument = '{ tasks(first: 100) { nodes { title } } }'

/** Signs up or in. */
async function openSession(url: string, credentials: object): Promise<Cookie[]> {
  const answer = await post(url, credentials)
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`)
  return answer.headers.getSetCookie().map((line) => {
    const [name = '', value = ''] = line.split(';', 1)[0]?.split(/=(.*)/s) ?? []
    return { name, value }
  })
}

export async function fetchToken(url: string, cookies: Cookie[]): Promise<string> {
  const cookie = toCookieHeader(cookies)
  const answer = await fetch(`${url}/api/auth/token`, { headers: { cookie } })
  const { token } = (await answer.json()) as { token: string }
  return token
}

const toCookieHeader = (cookies: Cookie[]) =>
  cookies.map(({ name, value }) => `${name}=${value}`).join('; ')

const sendQuery = (url: string, token: string, body: object) =>
  post(`${url}/graphql`, body, { authorization: `Bearer ${token}` })

async function dataOf(answer: Response): Promise<Record<string, unknown>> {
  const { data, errors } = (await answer.json()) as { data: Record<string, unknown>; errors?: [] }
  if (errors) throw new Error(`The API refused: ${JSON.stringify(errors)}`)
  return data
}

function post(url: string, body: object, headers: object = {}): Promise<Response> {
  const { origin } = new URL(url)
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin, ...headers },
    body: JSON.stringify(body),
  })
}
