import type { ServerResponse } from 'node:http'
import type { ExecutionResult } from 'graphql'

/** As Yoga's: proxies close connections that are silent for longer. */
const defaultPingMs = 12_000
const comment = ':\n\n'
const end = 'event: complete\ndata:\n\n'
const headers = {
  'Content-Type': 'text/event-stream',
  Connection: 'keep-alive',
  'Cache-Control': 'no-cache',
  'X-Accel-Buffering': 'no', // nginx would hold events back
}

export type EventWriter = ReturnType<typeof createEventWriter>

/**
 * Writes streams of events as Yoga does, byte for byte, but keeps little for each: a response, an
 * iterator, and one timer for all of them.
 */
export function createEventWriter(pingMs = defaultPingMs) {
  const open = new Set<ServerResponse>()
  let timer: NodeJS.Timeout | undefined

  function ping(): void {
    for (const response of open) if (!response.writableNeedDrain) response.write(comment)
  }

  function add(response: ServerResponse): void {
    open.add(response)
    timer ??= setInterval(ping, pingMs).unref()
  }

  function remove(response: ServerResponse): void {
    open.delete(response)
    if (open.size > 0) return
    clearInterval(timer)
    timer = undefined
  }

  /**
   * Resolves when the stream has ended or its reader has disconnected. An error of `results` is sent as
   * the last event. `toText` gives the JSON of a result.
   */
  return async (
    response: ServerResponse,
    results: AsyncIterable<ExecutionResult>,
    toText: (result: ExecutionResult) => string | Promise<string>,
  ): Promise<void> => {
    const iterator = results[Symbol.asyncIterator]()
    let proceed = () => {}
    const stop = () => {
      remove(response)
      void iterator.return?.()
      proceed()
    }
    if (response.destroyed || response.headersSent) return stop() // a timeout has answered
    response.once('close', stop).on('drain', () => proceed())
    response.writeHead(200, headers).write(comment)
    add(response)
    for (let isOver = false; !isOver; ) {
      let result: ExecutionResult | undefined
      try {
        const { done, value } = await iterator.next()
        if (done) isOver = true
        else result = value
      } catch (error) {
        result = { errors: [error] } as ExecutionResult
      }
      const text = result && (await toText(result))
      if (response.destroyed) return
      if (text === undefined || response.write(`event: next\ndata: ${text}\n\n`)) continue
      await new Promise<void>((resolve) => {
        proceed = resolve
      })
    }
    remove(response)
    response.end(end)
  }
}
