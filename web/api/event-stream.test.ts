import { describe, expect, it } from 'vitest'
import { readAnswers } from './event-stream.ts'

/** The answers in a stream that arrives in these pieces. */
async function read(...pieces: (string | Uint8Array)[]): Promise<unknown[]> {
  const bytes = pieces.map((piece) =>
    typeof piece === 'string' ? new TextEncoder().encode(piece) : piece,
  )
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of bytes) controller.enqueue(piece)
      controller.close()
    },
  })
  const answers: unknown[] = []
  for await (const answer of readAnswers(body)) answers.push(answer)
  return answers
}

describe('the answers of a stream', () => {
  it('are read in order, however the stream is cut into pieces', async () => {
    const text = 'event: next\ndata: {"data":{"n":1}}\n\nevent: next\ndata: {"data":{"n":2}}\n\n'
    const expected = [{ data: { n: 1 } }, { data: { n: 2 } }]
    expect(await read(text)).toEqual(expected)
    expect(await read(...text)).toEqual(expected)
  })

  it('are kept whole when a piece ends within a character', async () => {
    const bytes = new TextEncoder().encode('event: next\ndata: {"data":"é🎉"}\n\n')
    const pieces = Array.from(bytes, (byte) => new Uint8Array([byte]))
    expect(await read(...pieces)).toEqual([{ data: 'é🎉' }])
  })

  it('are none in what keeps the connection alive, and in the word that it is complete', async () => {
    expect(await read(':\n\n', ':\n\n', 'event: complete\ndata:\n\n')).toEqual([])
  })

  it('do not include one that was cut off', async () => {
    expect(await read('event: next\ndata: {"data":1}\n\nevent: next\ndata: {"da')).toEqual([
      { data: 1 },
    ])
  })
})
