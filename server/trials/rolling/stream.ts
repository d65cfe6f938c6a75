import { openStream, type Stream } from '../../testing/stream.ts'
import type { Client } from './load.ts'

/** A program that follows the changes as docs/subscriptions.md says. */
export type Follower = {
  /** All its streams, in order. */
  streams: Stream[]
  /** The ids of the tasks that it has read when a stream began. */
  refetched: Set<string>
  /** Faults of a subscription or a refetch. */
  faults: string[]
  leave: () => void
}

/** Subscribes, refetches when a stream begins, and subscribes again when it ends. */
export function follow(client: Client): Follower {
  let isLeaving = false
  const follower: Follower = {
    streams: [],
    refetched: new Set(),
    faults: [],
    leave() {
      isLeaving = true
      follower.streams.at(-1)?.leave()
    },
  }
  const read = async () => {
    while (!isLeaving)
      await readOne(client, follower).catch((error) => {
        if (!isLeaving) follower.faults.push(String(error))
      })
  }
  void read()
  return follower
}

async function readOne(client: Client, { streams, refetched }: Follower): Promise<void> {
  const stream = await openStream(client.url, client.token)
  const { status } = stream.response
  if (status !== 200) throw new Error(`A subscription was answered with ${status}.`)
  streams.push(stream)
  for (const id of await listNewest(client, refetched)) refetched.add(id)
  await stream.ended
}

/** The ids of the tasks that the program knows, from events and from refetches. */
export function listKnown({ streams, refetched }: Follower): Set<string> {
  const received = streams.flatMap(({ events }) =>
    events.flatMap(({ data }) => data?.data?.taskChanged.taskId ?? []),
  )
  return new Set([...refetched, ...received])
}

/** Why each stream ended, from its last event. */
export function listReasons({ streams }: Follower): string[] {
  return streams.flatMap(({ events }) => {
    const [error] = events.at(-2)?.data?.errors ?? []
    return error ? [String(error.extensions.reason)] : []
  })
}

const pages = `query ($after: String) {
  tasks(first: 100, after: $after, orderBy: { field: CREATED_AT, direction: DESC }) {
    nodes { id }
    pageInfo { hasNextPage endCursor }
  }
}`

type Page = {
  nodes: { id: string }[]
  pageInfo: { hasNextPage: boolean; endCursor: string | null }
}

/** The ids of the tasks from the newest one to a page that is known. */
export async function listNewest(
  { url, token }: Client,
  known: ReadonlySet<string> = new Set(),
): Promise<string[]> {
  const ids: string[] = []
  for (let after: string | null = null, isEnd = false; !isEnd; ) {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
      body: JSON.stringify({ query: pages, variables: { after } }),
    })
    if (response.status !== 200) throw new Error(`A page was answered with ${response.status}.`)
    const { data } = (await response.json()) as { data: { tasks: Page } }
    const { nodes, pageInfo } = data.tasks
    ids.push(...nodes.map(({ id }) => id))
    after = pageInfo.endCursor
    isEnd = !pageInfo.hasNextPage || nodes.every(({ id }) => known.has(id))
  }
  return ids
}
