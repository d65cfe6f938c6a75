import type { ExecutionResult } from 'urql'

/**
 * The answers in a stream of server-sent events, as GraphQL servers send them (graphql-sse, distinct
 * connections mode). Ends with the stream; throws when the connection breaks.
 */
export async function* readAnswers(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<ExecutionResult> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      text += decoder.decode(value, { stream: true })
      const blocks = text.split('\n\n')
      text = blocks.pop() ?? ''
      // A block that only keeps the connection alive has no data, nor has the word that it is complete.
      for (const block of blocks) {
        const [, data] = /^data: ?(.+)$/m.exec(block) ?? []
        if (data) yield JSON.parse(data)
      }
    }
  } finally {
    reader.cancel().catch(() => {})
  }
}
