import { describe, expect, it } from 'vitest'
import { EventStream } from './event-queue.ts'

const event = (n: number) => ({ n })
const nothing = () => {}

describe('a stream of events', () => {
  it('hands on what was pushed, in order, also to a reader who was there first', async () => {
    const stream = new EventStream<{ n: number }>(nothing)
    const first = stream.next()
    for (const n of [1, 2]) stream.push(event(n))
    expect(await first).toEqual({ value: event(1), done: false })
    expect(await stream.next()).toEqual({ value: event(2), done: false })
  })

  it('says once why it ended, and drops what was not read', async () => {
    const stream = new EventStream<{ n: number }>(nothing)
    stream.push(event(1))
    stream.end(new Error('Enough.'))
    await expect(stream.next()).rejects.toThrow('Enough.')
    expect(await stream.next()).toEqual({ value: undefined, done: true })
  })

  it('takes nothing after its end, which comes once', async () => {
    let ends = 0
    const stream = new EventStream<{ n: number }>(() => {
      ends += 1
    })
    stream.end()
    stream.end(new Error('Later.'))
    stream.push(event(1))
    expect(await stream.next()).toEqual({ value: undefined, done: true })
    expect(ends).toBe(1)
  })

  it('lets go of a reader who waits as the stream is left', async () => {
    const stream = new EventStream<{ n: number }>(nothing)
    const waiting = stream.next()
    await stream.return()
    expect(await waiting).toEqual({ value: undefined, done: true })
  })

  it('takes no more than a thousand that nobody reads', () => {
    const stream = new EventStream<{ n: number }>(nothing)
    const taken = Array.from({ length: 1_002 }, (_, n) => stream.push(event(n)))
    expect(taken.indexOf(false)).toBe(1_000)
  })
})
