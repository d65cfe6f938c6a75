import { expect } from 'vitest'
import type { ApiTask } from './task-api.ts'

type OpenStream = {
  authorization: string | null
  /** The cursor that it begins after. */
  after: string | undefined
  emit: (kind: string, task: ApiTask) => void
  /** An event whose task the server could not read. */
  fail: () => void
  /** The answer to a cursor that has expired. */
  expire: () => void
  end: (reason?: string, rateLimit?: { resetAt: string }) => void
  isClosed: () => boolean
}

/** Subscriptions to `taskChanged`, as server-sent events that a test sends. */
export function createTaskStreams() {
  const opened: OpenStream[] = []
  /** How the next streams are answered. */
  const next: { status: number; retryAfter?: string } = { status: 200 }

  let sent = 0

  function open(authorization: string | null, { signal, body }: RequestInit): Response {
    const pipe = new TransformStream<Uint8Array, Uint8Array>()
    const writer = pipe.writable.getWriter()
    signal?.addEventListener('abort', () => writer.abort(signal.reason))
    const write = (text: string) =>
      void writer.write(new TextEncoder().encode(text)).catch(() => {})
    const send = (answer: object) => write(`event: next\ndata: ${JSON.stringify(answer)}\n\n`)
    opened.push({
      authorization,
      after: JSON.parse(String(body)).variables.after,
      emit(kind, { id, ...fields }) {
        const deletedAt = kind === 'DELETED' ? fields.updatedAt : (fields.deletedAt ?? null)
        const node = { __typename: 'Task', id, ...fields, deletedAt }
        sent += 1
        const change = {
          __typename: 'TaskChange',
          cursor: `cursor-${sent}`,
          kind,
          taskId: id,
          occurredAt: fields.updatedAt,
          task: kind === 'PURGED' ? null : node,
        }
        write(':\n\n')
        send({ data: { taskChanged: change } })
      },
      fail: () => send({ data: null, errors: [{ message: 'Something went wrong.' }] }),
      expire() {
        send({ errors: [{ message: 'Expired.', extensions: { code: 'CURSOR_EXPIRED' } }] })
        write('event: complete\ndata:\n\n')
        void writer.close().catch(() => {})
      },
      end(reason, rateLimit) {
        const extensions = { reason, rateLimit }
        if (reason) send({ errors: [{ message: 'Over.', extensions }] })
        write('event: complete\ndata:\n\n')
        void writer.close().catch(() => {})
      },
      isClosed: () => signal?.aborted === true,
    })
    const headers = new Headers({ 'content-type': 'text/event-stream' })
    if (next.retryAfter) headers.set('retry-after', next.retryAfter)
    return new Response(pipe.readable, { status: next.status, headers })
  }

  return {
    open,
    opened,
    next,
    current: () => opened.at(-1) ?? expect.fail('No stream was opened.'),
  }
}
