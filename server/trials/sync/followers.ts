import { setTimeout as sleep } from 'node:timers/promises'
import { type Answer, ask, type Owner, openResponse } from './owners.ts'

export type State = {
  title: string
  completedAt: string | null
  dueOn: string | null
  priority: string
  labels: string[]
  deletedAt: string | null
}

type Change = { cursor: string; taskId: string; after: State | null }

/** A program that keeps a copy of an owner's tasks, as docs/sync.md says. */
export type Follower = {
  owner: Owner
  kind: 'feed' | 'stream'
  tasks: Map<string, State>
  cursor: string
  gaps: number
  repetitions: number
  /** How often it had to continue from its cursor. */
  resumed: number
  /** Errors of the API that no fault of the trial explains. */
  refusals: string[]
}

const state = 'title completedAt dueOn priority labels deletedAt'
const change = `cursor taskId after { ${state} }`
const pages = `query ($after: String) { tasks(first: 100, after: $after) {
  changesCursor nodes { id ${state} } pageInfo { hasNextPage endCursor } } }`
const feed = `query ($after: String) {
  taskChanges(first: 500, after: $after) { nodes { ${change} } } }`
const stream = `subscription ($after: String) { taskChanged(after: $after) { ${change} } }`

type Page = {
  changesCursor: string
  nodes: (State & { id: string })[]
  pageInfo: { hasNextPage: boolean; endCursor: string | null }
}

/** The position in a cursor. Clients cannot rely on its form; the trial counts gaps by it. */
export function positionOf(cursor: string): number {
  return Number.parseInt(Buffer.from(cursor, 'base64url').toString(), 10)
}

/** Reads all tasks of the owner, and where the history stood before. */
export async function startFollower(
  kind: Follower['kind'],
  owner: Owner,
  urlOf: () => string,
): Promise<Follower> {
  const counts = { gaps: 0, repetitions: 0, resumed: 0 }
  const follower: Follower = { kind, owner, tasks: new Map(), cursor: '', refusals: [], ...counts }
  for (let after: string | null = null; ; ) {
    try {
      const answer: Answer<{ tasks: Page }> = await ask(urlOf(), owner, pages, { after })
      const { data } = answer
      if (!data) continue
      follower.cursor ||= data.tasks.changesCursor
      for (const { id, ...task } of data.tasks.nodes) follower.tasks.set(id, task)
      after = data.tasks.pageInfo.endCursor
      if (!data.tasks.pageInfo.hasNextPage) return follower
    } catch {
      await sleep(50)
    }
  }
}

function apply(follower: Follower, { cursor, taskId, after }: Change): void {
  const step = positionOf(cursor) - positionOf(follower.cursor)
  if (step > 1) follower.gaps += 1
  if (step < 1) follower.repetitions += 1
  if (after && after.deletedAt === null) follower.tasks.set(taskId, after)
  else follower.tasks.delete(taskId)
  follower.cursor = cursor
}

/** Keeps the copy up to date until it is over. */
export async function follow(
  follower: Follower,
  urlOf: () => string,
  isOver: () => boolean,
): Promise<void> {
  const readOn = follower.kind === 'feed' ? poll : readStream
  while (!isOver()) {
    try {
      await readOn(follower, urlOf(), isOver)
    } catch {
      await sleep(50) // an instance was killed, or the database restarts
    }
    follower.resumed += 1
  }
}

async function poll(follower: Follower, url: string, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    const answer = await ask<{ taskChanges: { nodes: Change[] } }>(url, follower.owner, feed, {
      after: follower.cursor,
    })
    noteRefusals(follower, answer.errors)
    const changes = answer.data?.taskChanges.nodes ?? []
    for (const change of changes) apply(follower, change)
    if (changes.length < 500) await sleep(100)
  }
}

async function readStream(follower: Follower, url: string, isOver: () => boolean): Promise<void> {
  const headers = {
    'Content-Type': 'application/json',
    Accept: 'text/event-stream',
    Authorization: `Bearer ${follower.owner.token()}`,
  }
  const variables = { after: follower.cursor }
  const body = JSON.stringify({ query: stream, variables })
  const response = await openResponse(`${url}/graphql`, headers, body)
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) {
    const blocks = (text + chunk).split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      const [, json] = /^data: (\{.*)$/m.exec(block) ?? []
      if (json === undefined) continue
      const { data, errors } = JSON.parse(json)
      noteRefusals(follower, errors)
      if (data) apply(follower, data.taskChanged)
    }
    if (isOver()) break // closes the connection
  }
  response.destroy()
}

/** What may happen while instances and the database are killed. */
const expectedCodes = [
  'STREAM_ENDED',
  'INTERNAL_SERVER_ERROR',
  'KEYS_UNAVAILABLE',
  'UNAUTHENTICATED',
]

function noteRefusals(
  { refusals }: Follower,
  errors: { message: string; extensions: { code: string } }[] = [],
): void {
  for (const { message, extensions } of errors) {
    if (!expectedCodes.includes(extensions.code)) refusals.push(`${extensions.code}: ${message}`)
  }
}
