type StreamedChange = {
  kind: string
  taskId: string
  cursor: string
  task: Record<string, unknown> | null
}

/** One server-sent event: a GraphQL response, or `complete`. */
export type StreamEvent = {
  name: string
  data: {
    data?: { taskChanged: StreamedChange }
    errors?: { message: string; extensions: Record<string, unknown> }[]
  } | null
}

export type Stream = {
  /** Available when the response headers have arrived. */
  response: Response
  /** Events received so far, without comments. */
  events: StreamEvent[]
  comments: () => number
  /** Resolves with all events when the server ends the stream. */
  ended: Promise<StreamEvent[]>
  /** Aborts the request. */
  leave: () => void
}

export const taskChanged =
  'subscription { taskChanged { kind taskId task { id title completed } } }'

/** Subscribes with the token as bearer token. */
export async function openStream(
  url: string,
  token?: string,
  init: RequestInit = { method: 'POST', body: JSON.stringify({ query: taskChanged }) },
): Promise<Stream> {
  const abort = new AbortController()
  const response = await fetch(`${url}/graphql`, {
    ...init,
    signal: abort.signal,
    headers: {
      Accept: 'text/event-stream',
      'Content-Type': 'application/json',
      ...(token && { Authorization: `Bearer ${token}` }),
      ...init.headers,
    },
  })
  const events: StreamEvent[] = []
  let comments = 0
  async function read(): Promise<StreamEvent[]> {
    let text = ''
    const decoder = new TextDecoder()
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true })
      const blocks = text.split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks) {
        if (block.startsWith(':')) comments += 1
        else events.push(parseEvent(block))
      }
    }
    return events
  }
  const ended = read()
  ended.catch(() => {}) // rejects after `leave`
  return { response, events, comments: () => comments, ended, leave: () => abort.abort() }
}

function parseEvent(block: string): StreamEvent {
  const [, name = ''] = /^event: ?(.*)$/m.exec(block) ?? []
  const [, data = ''] = /^data: ?(.*)$/m.exec(block) ?? []
  return { name, data: data === '' ? null : JSON.parse(data) }
}
