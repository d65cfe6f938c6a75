import { describe, expect, it } from 'vitest'
import { EventQueue } from './event-queue.ts'

const event = (n: number) => ({ n })
const ignoreEnd = () => {}

describe('EventQueue', () => {
  it('delivers events in order, also to a reader that waits already', async () => {
    const stream = new EventQueue<{ n: number }>(ignoreEnd)
    const first = stream.next()
    for (const n of [1, 2]) stream.push(event(n))
    expect(await first).toEqual({ value: event(1), done: false })
    expect(await stream.next()).toEqual({ value: event(2), done: false })
  })

  it('throws its error once and drops unread events', async () => {
    const stream = new EventQueue<{ n: number }>(ignoreEnd)
    stream.push(event(1))
    stream.end(new Error('Enough.'))
    await expect(stream.next()).rejects.toThrow('Enough.')
    expect(await stream.next()).toEqual({ value: undefined, done: true })
  })

  it('ends once and ignores later events', async () => {
    let ends = 0
    const stream = new EventQueue<{ n: number }>(() => {
      ends += 1
    })
    stream.end()
    stream.end(new Error('Later.'))
    stream.push(event(1))
    expect(await stream.next()).toEqual({ value: undefined, done: true })
    expect(ends).toBe(1)
  })

  it('ends for a waiting reader when it is returned', async () => {
    const stream = new EventQueue<{ n: number }>(ignoreEnd)
    const waiting = stream.next()
    await stream.return()
    expect(await waiting).toEqual({ value: undefined, done: true })
  })

  it('holds at most 1000 unread events', () => {
    const stream = new EventQueue<{ n: number }>(ignoreEnd)
    const taken = Array.from({ length: 1_002 }, (_, n) => stream.push(event(n)))
    expect(taken.indexOf(false)).toBe(1_000)
  })
})
