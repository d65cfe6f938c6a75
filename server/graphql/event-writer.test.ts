import { once } from 'node:events'
import { createServer, get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ExecutionResult } from 'graphql'
import { describe, expect, it, onTestFinished } from 'vitest'
import { EventQueue } from './event-queue.ts'
import { createEventWriter } from './event-writer.ts'

/** A server that writes the events of `queue`, and a client that reads them. */
async function connect(queue: EventQueue<ExecutionResult>) {
  const write = createEventWriter(20)
  let written: Promise<void> = Promise.resolve()
  const server = createServer((_request, response) => {
    written = write(response, queue, JSON.stringify)
  })
  onTestFinished(() => void server.closeAllConnections())
  onTestFinished(() => void server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const [response] = (await once(get({ port }), 'response')) as [IncomingMessage]
  response.setEncoding('utf8')
  return { response, written: () => written }
}

async function untilIncludes(response: IncomingMessage, part: string): Promise<void> {
  let text = ''
  for await (const chunk of response.iterator({ destroyOnReturn: false })) {
    text += chunk
    if (text.includes(part)) return
  }
}

const createQueue = (onEnd = () => {}) => new EventQueue<ExecutionResult>(onEnd)

describe('the writer of events', () => {
  it('keeps an idle stream alive with comments', async () => {
    const { response } = await connect(createQueue())
    await untilIncludes(response, ':\n\n:\n\n:\n\n')
  })

  it('writes each result, the error that ends the stream, and the end', async () => {
    const queue = createQueue()
    const { response } = await connect(queue)
    queue.push({ data: { n: 1 } })
    await untilIncludes(response, 'event: next\ndata: {"data":{"n":1}}\n\n')
    queue.end(new Error('over'))
    const text = (await response.toArray()).join('')
    const sent = text.replaceAll(/^:\n\n/gm, '')
    expect(sent).toBe('event: next\ndata: {"errors":[{}]}\n\nevent: complete\ndata:\n\n')
  })

  it('ends the results when the reader disconnects', async () => {
    const ended = new Promise<void>((resolve) => {
      connect(createQueue(resolve)).then(({ response }) => response.destroy())
    })
    await ended
  })

  it('waits for a slow reader, so that unread events fill the queue', async () => {
    const queue = createQueue()
    const { response, written } = await connect(queue)
    const data = { text: 'x'.repeat(100_000) }
    let pushed = 0
    while (queue.push({ data }) && pushed < 100_000) {
      pushed++
      await new Promise(setImmediate)
    }
    expect(pushed).toBeLessThan(100_000)
    response.resume()
    await untilEmpty(queue)
    queue.end()
    await written()
  })
})

/** The last event is written after all others. */
async function untilEmpty(queue: EventQueue<ExecutionResult>): Promise<void> {
  while (!queue.push({ data: null })) await new Promise(setImmediate)
}
