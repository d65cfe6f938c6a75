import { describe, expect, it } from 'vitest'
import { readAnswers } from './event-stream.ts'

/** Reads a stream that arrives in these chunks. */
async function read(...chunks: (string | Uint8Array<ArrayBuffer>)[]): Promise<unknown[]> {
  const bytes = chunks.map((chunk) =>
    typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk,
  )
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      for (const chunk of bytes) controller.enqueue(chunk)
      controller.close()
    },
  })
  const answers: unknown[] = []
  for await (const answer of readAnswers(body)) answers.push(answer)
  return answers
}

describe('readAnswers', () => {
  it('reads answers in order, for any chunk borders', async () => {
    const text = 'event: next\ndata: {"data":{"n":1}}\n\nevent: next\ndata: {"data":{"n":2}}\n\n'
    const expected = [{ data: { n: 1 } }, { data: { n: 2 } }]
    expect(await read(text)).toEqual(expected)
    expect(await read(...text)).toEqual(expected)
  })

  it('keeps a character whole when a chunk ends inside it', async () => {
    const bytes = new TextEncoder().encode('event: next\ndata: {"data":"é🎉"}\n\n')
    const chunks = Array.from(bytes, (byte) => new Uint8Array([byte]))
    expect(await read(...chunks)).toEqual([{ data: 'é🎉' }])
  })

  it('accepts CRLF and CR as line ends', async () => {
    const crlf = 'event: next\r\ndata: {"data":1}\r\n\r\nevent: next\r\ndata: {"data":2}\r\n\r\n'
    expect(await read(crlf)).toEqual([{ data: 1 }, { data: 2 }])
    expect(await read(...crlf)).toEqual([{ data: 1 }, { data: 2 }])
    expect(await read('data: {"data":1}\r\rdata: {"data":2}\r\r\n')).toEqual([
      { data: 1 },
      { data: 2 },
    ])
  })

  it('joins the data lines of one event', async () => {
    expect(await read('event: next\ndata: {"data":\ndata: {"n":1}}\n\n')).toEqual([
      { data: { n: 1 } },
    ])
  })

  it('skips keep-alive comments and the complete event', async () => {
    expect(await read(':\n\n', ':\n\n', 'event: complete\ndata:\n\n')).toEqual([])
  })

  it('drops an event that is cut off', async () => {
    expect(await read('event: next\ndata: {"data":1}\n\nevent: next\ndata: {"da')).toEqual([
      { data: 1 },
    ])
  })
})
