import { describe, expect, it, vi } from 'vitest'
import { createFairQueue, QueueFull } from './fair-queue.ts'

const bounds = { maxRunning: 2, maxRunningPerKey: 1, maxWaitingPerKey: 3, maxWaiting: 5 }

/** Tasks that end when the test ends them, and the order in which they started. */
function createWork(queue = createFairQueue(bounds)) {
  const started: string[] = []
  const resolvers = new Map<string, () => void>()
  const run = (key: string, name: string) =>
    queue.run(key, () => {
      started.push(name)
      return new Promise<string>((resolve) => resolvers.set(name, () => resolve(name)))
    })
  const end = (name: string) => resolvers.get(name)?.()
  return { queue, started, run, end }
}

describe('createFairQueue', () => {
  it('returns and throws what the task does', async () => {
    const queue = createFairQueue(bounds)
    expect(await queue.run('ada', async () => 1)).toBe(1)
    const failure = new Error('No.')
    await expect(queue.run('ada', () => Promise.reject(failure))).rejects.toBe(failure)
    expect(queue.size).toBe(0)
  })

  it('runs no more concurrent tasks of one key than its limit', async () => {
    const { started, run, end } = createWork()
    const all = [run('ada', 'a1'), run('ada', 'a2')]
    expect(started).toEqual(['a1'])
    end('a1')
    await vi.waitFor(() => expect(started).toEqual(['a1', 'a2']))
    end('a2')
    expect(await Promise.all(all)).toEqual(['a1', 'a2'])
  })

  it('runs the one task of a key before all tasks of another key', async () => {
    const { queue, started, run, end } = createWork(createFairQueue({ ...bounds, maxRunning: 1 }))
    const all = [run('ada', 'a1'), run('ada', 'a2'), run('ada', 'a3'), run('bob', 'b1')]
    for (const name of ['a1', 'a2', 'b1', 'a3']) {
      end(name)
      await new Promise(setImmediate)
    }
    end('a3')
    await Promise.all(all)
    expect(started.indexOf('b1')).toBeLessThan(started.indexOf('a3'))
    expect(queue.size).toBe(0)
  })

  it('refuses a key with too many waiting tasks, and accepts another key', async () => {
    const { started, run, end } = createWork()
    const taken = ['a1', 'a2', 'a3', 'a4'].map((name) => run('ada', name))
    await expect(run('ada', 'a5')).rejects.toEqual(new QueueFull('KEY'))
    taken.push(run('bob', 'b1'))
    expect(started).toEqual(['a1', 'b1'])
    for (const name of ['a1', 'b1', 'a2', 'a3', 'a4']) {
      end(name)
      await new Promise(setImmediate)
    }
    await Promise.all(taken)
  })

  it('refuses every key when the queue is full', async () => {
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

  it('refuses a task that waited too long for tasks of its key', async () => {
    const { queue, run, end } = createWork(createFairQueue({ ...bounds, maxWaitMs: 20 }))
    const first = run('ada', 'a1')
    const second = run('ada', 'a2')
    const third = run('ada', 'a3')
    end('a1') // so that another task of the key starts
    await Promise.all([first, expect(third).rejects.toEqual(new QueueFull('KEY'))])
    end('a2')
    expect(await second).toBe('a2')
    expect(queue.size).toBe(0)
  })

  it('does not blame the key when none of its tasks could start', async () => {
    const all = createFairQueue({ ...bounds, maxRunning: 1, maxWaitMs: 20 })
    const { queue, run, end } = createWork(all)
    const held = run('ada', 'a1')
    await expect(run('bob', 'b1')).rejects.toEqual(new QueueFull('ALL'))
    await expect(run('ada', 'a2')).rejects.toEqual(new QueueFull('ALL'))
    end('a1')
    await held
    expect(queue.size).toBe(0)
  })

  it('keeps the slot of a key for a while after a long task, and lets other keys start', async () => {
    const restMs = vi.fn(() => 20)
    const { started, run, end } = createWork(createFairQueue({ ...bounds, maxRunning: 1, restMs }))
    const all = [run('ada', 'a1'), run('ada', 'a2'), run('bob', 'b1')]
    end('a1')
    await vi.waitFor(() => expect(started).toEqual(['a1', 'b1']))
    end('b1')
    await vi.waitFor(() => expect(started).toEqual(['a1', 'b1', 'a2']))
    end('a2')
    await Promise.all(all)
    expect(restMs).toHaveBeenCalledTimes(3)
  })

  it('divides its slots among the keys that have tasks', async () => {
    const maxRunningPerKey = (keys: number) => Math.floor(4 / keys)
    const queue = createFairQueue({ ...bounds, maxRunning: 4, maxRunningPerKey })
    const { started, run, end } = createWork(queue)
    const all = ['a1', 'a2', 'a3', 'a4'].map((name) => run('ada', name))
    expect(started).toHaveLength(4)
    all.push(run('bob', 'b1'), run('ada', 'a5'))
    for (const name of ['a1', 'a2']) end(name)
    await Promise.all(all.slice(0, 2))
    expect(started.slice(4)).toEqual(['b1']) // Ada already has her half
    for (const name of ['a3', 'a4', 'b1']) end(name)
    await vi.waitFor(() => expect(started).toContain('a5'))
    end('a5')
    await Promise.all(all)
  })
})
