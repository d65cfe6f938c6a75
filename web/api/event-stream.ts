import { EventSourceParserStream } from 'eventsource-parser/stream'
import type { ExecutionResult } from 'urql'

/**
 * Reads the results in a stream of server-sent events (graphql-sse, distinct connections mode).
 * Ends with the stream. Throws when the connection breaks.
 */
export async function* readAnswers(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<ExecutionResult> {
  const events = body
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream())
    .getReader()
  try {
    for (;;) {
      const { done, value } = await events.read()
      if (done) return
      // `event: complete` has no data.
      if (value.data) yield JSON.parse(value.data)
    }
  } finally {
    events.cancel().catch(() => {})
  }
}
