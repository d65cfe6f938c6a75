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

/** Somebody who signed up through the API, where they can do what a test needs done beforehand. */
export type Account = {
  name: string
  email: string
  password: string
  /** In this order; resolves to their ids. */
  createTasks: (...tasks: (NewTask | string)[]) => Promise<string[]>
  deleteTask: (id: string) => Promise<void>
  /** Titles of all tasks, newest first. */
  listTitles: () => Promise<string[]>
}

export async function createAccount(
  url: string,
  name: string,
  email = `${name.toLowerCase()}-${randomUUID()}@example.com`,
): Promise<Account> {
  const password = randomUUID()
  const signedUp = await post(`${url}/api/auth/sign-up/email`, { name, email, password })
  const cookie = signedUp.headers.getSetCookie().map((one) => one.split(';', 1)[0])
  const answer = await fetch(`${url}/api/auth/token`, { headers: { cookie: cookie.join('; ') } })
  const { token } = (await answer.json()) as { token: string }
  const ask = (query: string, variables: object = {}) =>
    askApi(`${url}/graphql`, token, { query, variables })
  return { name, email, password, ...taskCalls(ask) }
}

/** Gives the browser a session of the account; pages that are open do not hear of it. */
export async function signIn(context: BrowserContext, url: string, account: Account) {
  const { email, password } = account
  const data = { email, password }
  const headers = { origin: url }
  const answer = await context.request.post(`${url}/api/auth/sign-in/email`, { data, headers })
  if (!answer.ok()) throw new Error(`Signing in was refused: ${await answer.text()}`)
}

/** Ends the browser's session behind the back of its pages. */
export async function endSession(context: BrowserContext, url: string) {
  const answer = await context.request.post(`${url}/api/auth/sign-out`, {
    data: {},
    headers: { origin: url },
  })
  if (!answer.ok()) throw new Error(`Signing out was refused: ${await answer.text()}`)
}

type Ask = (query: string, variables?: object) => Promise<Record<string, unknown>>

function taskCalls(ask: Ask): Pick<Account, 'createTasks' | 'deleteTask' | 'listTitles'> {
  async function createTask(task: NewTask | string): Promise<string> {
    const { done, ...input } = typeof task === 'string' ? { title: task } : { done: false, ...task }
    const { createTask } = (await ask(createDocument, { input })) as {
      createTask: { task: { id: string } }
    }
    const { id } = createTask.task
    if (done) await ask(completeDocument, { input: { id } })
    return id
  }
  return {
    async createTasks(...tasks) {
      const ids: string[] = []
      for (const task of tasks) ids.push(await createTask(task))
      return ids
    },
    async deleteTask(id) {
      await ask(deleteDocument, { input: { id } })
    },
    async listTitles() {
      const { tasks } = (await ask(listDocument)) as { tasks: { nodes: { title: string }[] } }
      return tasks.nodes.map(({ title }) => title)
    },
  }
}

const createDocument =
  'mutation ($input: CreateTaskInput!) { createTask(input: $input) { task { id } } }'
const completeDocument =
  'mutation ($input: CompleteTaskInput!) { completeTask(input: $input) { task { id } } }'
const deleteDocument =
  'mutation ($input: DeleteTaskInput!) { deleteTask(input: $input) { deletedTaskId } }'
const listDocument = '{ tasks(first: 100) { nodes { title } } }'

async function askApi(url: string, token: string, body: object): Promise<Record<string, unknown>> {
  const answer = await post(url, body, { authorization: `Bearer ${token}` })
  const { data, errors } = (await answer.json()) as { data: Record<string, unknown>; errors?: [] }
  if (errors) throw new Error(`The API refused: ${JSON.stringify(errors)}`)
  return data
}

async function post(url: string, body: object, headers: object = {}): Promise<Response> {
  const { origin } = new URL(url)
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin, ...headers },
    body: JSON.stringify(body),
  })
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`)
  return answer
}
