import { vi } from 'vitest'
import { type Account, type Answer, type App, readAnswer } from './app.ts'
import { documentOf, everyScope, grantableScopes, type Place, ruleOf } from './contract.ts'
import { openStream } from './stream.ts'

/** The parts of an answer that access rules decide. */
export type Outcome = {
  status: number
  challenge: string | null
  errors: { code: unknown; requiredScopes: unknown }[]
}

export const letIn: Outcome = { status: 200, challenge: null, errors: [] }

export const withoutToken: Outcome = {
  status: 401,
  challenge: 'Bearer',
  errors: [{ code: 'UNAUTHENTICATED', requiredScopes: undefined }],
}

/** The challenge names the scopes held and the fewest that are missing. */
export function lacking(required: string[][], holds: readonly string[]): Outcome {
  const missing = required.map((all) => all.filter((scope) => !holds.includes(scope)))
  const [fewest = []] = missing.sort((one, other) => one.length - other.length)
  const requested = everyScope.filter((scope) => [...holds, ...fewest].includes(scope)).sort()
  return {
    status: 403,
    challenge: `Bearer error="insufficient_scope", scope="${requested.join(' ')}"`,
    errors: [{ code: 'FORBIDDEN', requiredScopes: required }],
  }
}

/** Decided by the first rule on the path that refuses the caller. `holds` null: no token. */
export function expectedOutcome({ path }: Place, holds: readonly string[] | null): Outcome {
  for (const rule of path.map(ruleOf)) {
    if (rule && !holds) return withoutToken
    if (!rule || rule === 'authenticated') continue
    if (!rule.some((all) => all.every((scope) => holds?.includes(scope)))) {
      return lacking(rule, holds ?? [])
    }
  }
  return letIn
}

export function outcomeOf({ status, headers, body }: Answer): Outcome {
  const errors = (body.errors ?? []).map(({ extensions }) => extensions)
  return {
    status,
    challenge: headers.get('WWW-Authenticate'),
    errors: errors.map(({ code, requiredScopes }) => ({ code, requiredScopes })),
  }
}

/** Every set of scopes that a program can hold, from none to all. */
export const scopeSets: string[][] = grantableScopes.reduce<string[][]>(
  (sets, scope) => sets.concat(sets.map((set) => [...set, scope])),
  [[]],
)

/** `url`: the server of /graphql; default: the app's own. */
export type Scene = { app: App; ada: Account; url?: string }

/** Calls the field; a mutation gets arguments that change a task. */
export async function reach(scene: Scene, place: Place, token?: string): Promise<Answer> {
  const isMutation = place.operation === 'mutation'
  const query = documentOf(place, isMutation ? await createTargetFor(place, scene) : 'none')
  const init = { method: 'POST', body: JSON.stringify({ query }) }
  if (place.operation === 'subscription') return reachStream(scene, init, token)
  const { app, url = app.url } = scene
  const headers = {
    'Content-Type': 'application/json',
    Accept: 'application/json',
    ...(token && { Authorization: `Bearer ${token}` }),
  }
  return readAnswer(await fetch(`${url}/graphql`, { ...init, headers }))
}

/** Answers the first event of a stream. If the caller is allowed, a new task triggers it. */
async function reachStream(scene: Scene, init: RequestInit, token?: string): Promise<Answer> {
  const { app, ada, url = app.url } = scene
  const { response, events, leave } = await openStream(url, token, init)
  const { status, headers } = response
  if (status === 200) await ada.createTask()
  await vi.waitFor(() => requireEvents(events))
  leave()
  return { status, headers, body: events[0]?.data ?? {} }
}

function requireEvents(events: unknown[]): void {
  if (events.length === 0) throw new Error('The stream has no events yet.')
}

/** The id of what the mutation can change: of a task, a change or a paused program. */
async function createTargetFor({ path }: Place, { app, ada }: Scene): Promise<string> {
  if (path.some(({ name }) => name === 'resumeActor')) return pauseProgram(app, ada)
  const id = await createCompletedTask(ada)
  if (path.some(({ name }) => name === 'undoChanges')) return findChangeOf(ada, id)
  if (!path.some(({ name }) => name === 'restoreTask' || name === 'purgeTask')) return id
  const remove = 'mutation ($id: ID!) { deleteTask(input: { id: $id }) { deletedTaskId } }'
  await ada.query(remove, { id })
  return id
}

async function pauseProgram({ pool }: App, { id }: Account): Promise<string> {
  await pool.query(
    `insert into actor_brakes (user_id, actor_kind, actor_id, paused_at, pause_reason, paused_name)
     values ($1, 'APP', 'notebook', now(), 'CHANGES', 'Notebook')
     on conflict (user_id, actor_kind, actor_id) do update set paused_at = now()`,
    [id],
  )
  return Buffer.from('Actor:APP:notebook').toString('base64')
}

async function findChangeOf({ query }: Account, taskId: string): Promise<string> {
  const { body } = await query(
    'query ($taskId: ID!) { taskChanges(filter: { taskId: $taskId }) { nodes { id } } }',
    { taskId },
  )
  const { taskChanges } = body.data as { taskChanges: { nodes: { id: string }[] } }
  return taskChanges.nodes.at(-1)?.id ?? ''
}

/** Creates a task that the other mutations would change. */
export async function createCompletedTask(ada: Account): Promise<string> {
  const id = await ada.createTask()
  await ada.query('mutation ($id: ID!) { completeTask(input: { id: $id }) { task { id } } }', {
    id,
  })
  return id
}
