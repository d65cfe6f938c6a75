import { describe, expect, it } from 'vitest'
import type { Change, ChangeBatch } from '#schema/change-source.ts'
import { ChangeStream } from './change-stream.ts'

const change = (position: number) => ({ position }) as Change
const changes = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, n) => change(from + n))

type History = { length: number; sent?: number; keptAfter?: number }

/** A history of this many changes, of which the feed has sent those up to `sent`. */
function createFeed({ length, sent = length, keptAfter = 0 }: History) {
  const reads: number[] = []
  const read = async (after: number): Promise<ChangeBatch> => {
    reads.push(after)
    const from = Math.max(after, keptAfter) + 1
    const batch = changes(from, Math.min(from + 199, length))
    return { changes: batch, hasMore: false, position: length, keptAfter }
  }
  return { position: sent, read, reads }
}

async function take(stream: ChangeStream, count: number): Promise<number[]> {
  const taken: number[] = []
  while (taken.length < count) {
    const { value, done } = await stream.next()
    if (done) break
    taken.push(value.position)
  }
  return taken
}

const numbers = (from: number, to: number) => changes(from, to).map(({ position }) => position)
const ignoreEnd = () => {}

describe('ChangeStream', () => {
  it('reads what the feed has sent before, then takes what the feed sends', async () => {
    const feed = createFeed({ length: 450 })
    const stream = new ChangeStream(feed, ignoreEnd)
    stream.begin(10)
    expect(await take(stream, 440)).toEqual(numbers(11, 450))
    expect(feed.reads).toEqual([10, 210, 410])
    stream.receive(changes(449, 452)) // a batch that began earlier
    expect(await take(stream, 2)).toEqual([451, 452])
    expect(feed.reads).toHaveLength(3)
  })

  it('ignores what the feed sends before it begins, and up to where it begins', async () => {
    const stream = new ChangeStream(createFeed({ length: 5 }), ignoreEnd)
    stream.receive(changes(1, 5))
    stream.begin(7)
    stream.receive(changes(6, 8))
    expect(await take(stream, 1)).toEqual([8])
  })

  it('ends with CHANGES_MISSED when its reader is more than 1,000 changes behind', async () => {
    let ends = 0
    const stream = new ChangeStream(createFeed({ length: 0 }), () => {
      ends += 1
    })
    stream.begin(0)
    for (let n = 0; n < 5; n++) stream.receive(changes(200 * n + 1, 200 * n + 200))
    expect(ends).toBe(0)
    stream.receive(changes(1_001, 1_001))
    expect(ends).toBe(1)
    await expect(stream.next()).rejects.toMatchObject({ extensions: { reason: 'CHANGES_MISSED' } })
    expect(await stream.next()).toEqual({ value: undefined, done: true })
  })

  it('ends with CURSOR_EXPIRED when changes are no longer kept before it has read them', async () => {
    const stream = new ChangeStream(createFeed({ length: 9, keptAfter: 5 }), ignoreEnd)
    stream.begin(4)
    await expect(stream.next()).rejects.toMatchObject({ extensions: { code: 'CURSOR_EXPIRED' } })
  })

  it('ends when the history that it reads was deleted', async () => {
    const stream = new ChangeStream(createFeed({ length: 0, sent: 9 }), ignoreEnd)
    stream.begin(4)
    await expect(stream.next()).rejects.toMatchObject({ extensions: { reason: 'CHANGES_MISSED' } })
  })
})
