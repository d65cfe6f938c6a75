import { describe, expect, it, vi } from 'vitest'
import { createFairQueue, QueueFull } from './fair-queue.ts'

const bounds = { maxRunning: 2, maxRunningPerKey: 1, maxWaitingPerKey: 3, maxWaiting: 5 }

/** Tasks that end when told, and the order in which they began. */
function createWork(queue = createFairQueue(bounds)) {
  const begun: string[] = []
  const endings = new Map<string, () => void>()
  const run = (key: string, name: string) =>
    queue.run(key, () => {
      begun.push(name)
      return new Promise<string>((resolve) => endings.set(name, () => resolve(name)))
    })
  const end = (name: string) => endings.get(name)?.()
  return { queue, begun, run, end }
}

describe('createFairQueue', () => {
  it('answers and throws what the task does', async () => {
    const queue = createFairQueue(bounds)
    expect(await queue.run('ada', async () => 1)).toBe(1)
    const failure = new Error('No.')
    await expect(queue.run('ada', () => Promise.reject(failure))).rejects.toBe(failure)
    expect(queue.size).toBe(0)
  })

  it('runs no more tasks of one key at once than its share', async () => {
    const { begun, run, end } = createWork()
    const all = [run('ada', 'a1'), run('ada', 'a2')]
    expect(begun).toEqual(['a1'])
    end('a1')
    await all[0]
    expect(begun).toEqual(['a1', 'a2'])
    end('a2')
    expect(await Promise.all(all)).toEqual(['a1', 'a2'])
  })

  it('lets a key with one task pass the many tasks of another', async () => {
    const { queue, begun, run, end } = createWork(createFairQueue({ ...bounds, maxRunning: 1 }))
    const all = [run('ada', 'a1'), run('ada', 'a2'), run('ada', 'a3'), run('bob', 'b1')]
    for (const name of ['a1', 'a2', 'b1', 'a3']) {
      end(name)
      await new Promise(setImmediate)
    }
    end('a3')
    await Promise.all(all)
    expect(begun.indexOf('b1')).toBeLessThan(begun.indexOf('a3'))
    expect(queue.size).toBe(0)
  })

  it('refuses a key that has too many waiting, and takes another', async () => {
    const { begun, run, end } = createWork()
    const taken = ['a1', 'a2', 'a3', 'a4'].map((name) => run('ada', name))
    await expect(run('ada', 'a5')).rejects.toEqual(new QueueFull('KEY'))
    taken.push(run('bob', 'b1'))
    expect(begun).toEqual(['a1', 'b1'])
    for (const name of ['a1', 'b1', 'a2', 'a3', 'a4']) {
      end(name)
      await new Promise(setImmediate)
    }
    await Promise.all(taken)
  })

  it('refuses everybody when all that may wait are waiting', async () => {
    const { queue, run, end } = createWork()
    const names = { ada: ['a1', 'a2', 'a3', 'a4'], bob: ['b1', 'b2', 'b3'] }
    const taken = Object.entries(names).flatMap(([key, own]) => own.map((name) => run(key, name)))
    await expect(run('eve', 'e1')).rejects.toEqual(new QueueFull('ALL'))
    expect(queue.size).toBe(2)
    for (const name of ['a1', 'b1', 'a2', 'b2', 'a3', 'b3', 'a4']) {
      end(name)
      await new Promise(setImmediate)
    }
    await Promise.all(taken)
    expect(queue.size).toBe(0)
  })

  it('refuses a task that has waited for too long behind others of its key', async () => {
    const { queue, run, end } = createWork(createFairQueue({ ...bounds, maxWaitMs: 20 }))
    const first = run('ada', 'a1')
    const second = run('ada', 'a2')
    const third = run('ada', 'a3')
    end('a1') // so that others of the key do begin
    await Promise.all([first, expect(third).rejects.toEqual(new QueueFull('KEY'))])
    end('a2')
    expect(await second).toBe('a2')
    expect(queue.size).toBe(0)
  })

  it('does not blame the key when nothing of it could begin meanwhile', async () => {
    const all = createFairQueue({ ...bounds, maxRunning: 1, maxWaitMs: 20 })
    const { queue, run, end } = createWork(all)
    const held = run('ada', 'a1')
    await expect(run('bob', 'b1')).rejects.toEqual(new QueueFull('ALL'))
    await expect(run('ada', 'a2')).rejects.toEqual(new QueueFull('ALL'))
    end('a1')
    await held
    expect(queue.size).toBe(0)
  })

  it('keeps the place of a key for a while after a long task, and lets others begin', async () => {
    const restMs = vi.fn(() => 20)
    const { begun, run, end } = createWork(createFairQueue({ ...bounds, maxRunning: 1, restMs }))
    const all = [run('ada', 'a1'), run('ada', 'a2'), run('bob', 'b1')]
    end('a1')
    await all[0]
    expect(begun).toEqual(['a1', 'b1'])
    end('b1')
    await vi.waitFor(() => expect(begun).toEqual(['a1', 'b1', 'a2']))
    end('a2')
    await Promise.all(all)
    expect(restMs).toHaveBeenCalledTimes(3)
  })

  it('divides its places among the keys that have tasks', async () => {
    const maxRunningPerKey = (keys: number) => Math.floor(4 / keys)
    const queue = createFairQueue({ ...bounds, maxRunning: 4, maxRunningPerKey })
    const { begun, run, end } = createWork(queue)
    const all = ['a1', 'a2', 'a3', 'a4'].map((name) => run('ada', name))
    expect(begun).toHaveLength(4)
    all.push(run('bob', 'b1'), run('ada', 'a5'))
    for (const name of ['a1', 'a2']) end(name)
    await Promise.all(all.slice(0, 2))
    expect(begun.slice(4)).toEqual(['b1']) // Ada has her half already
    for (const name of ['a3', 'a4', 'b1']) end(name)
    await vi.waitFor(() => expect(begun).toContain('a5'))
    end('a5')
    await Promise.all(all)
  })
})
