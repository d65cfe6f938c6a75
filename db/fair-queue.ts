type Bounds = {
  /** Tasks that run at the same time. */
  maxRunning: number
  /** Tasks of one key that run at the same time. */
  maxRunningPerKey: number
  /** Tasks of one key that wait; one more is refused. */
  maxWaitingPerKey: number
  /** Tasks of all keys together that wait; one more is refused. */
  maxWaiting: number
}

/** Why a task was not taken: `KEY` when its own key has too many waiting, `ALL` when the queue is full. */
export class QueueFull extends Error {
  readonly scope: 'KEY' | 'ALL'

  constructor(scope: 'KEY' | 'ALL') {
    super(scope === 'KEY' ? 'Too many tasks of this key are waiting.' : 'The queue is full.')
    this.scope = scope
  }
}

/** The tasks of one key. A key without any is forgotten. */
type Lane = { running: number; waiting: (() => void)[] }

export type FairQueue = ReturnType<typeof createFairQueue>

/**
 * Runs tasks with a bounded share for each key, such as an account or an address. Keys that wait
 * take turns, so a key with one task never waits behind the many tasks of another.
 */
export function createFairQueue(bounds: Bounds) {
  const lanes = new Map<string, Lane>()
  let running = 0
  let waiting = 0

  const hasRoom = (lane: Lane) =>
    running < bounds.maxRunning && lane.running < bounds.maxRunningPerKey

  function enter(lane: Lane): void {
    lane.running++
    running++
  }

  /** Starts the next task of the key that has waited longest since its last turn. */
  function startNext(): void {
    for (const [key, lane] of lanes) {
      if (waiting === 0 || running >= bounds.maxRunning) return
      if (lane.waiting.length === 0 || !hasRoom(lane)) continue
      lanes.delete(key) // to the end of the order: the others come first
      lanes.set(key, lane)
      waiting--
      enter(lane)
      lane.waiting.shift()?.()
    }
  }

  function leave(key: string, lane: Lane): void {
    lane.running--
    running--
    if (lane.running === 0 && lane.waiting.length === 0) lanes.delete(key)
    startNext()
  }

  function wait(lane: Lane): Promise<void> {
    if (lane.waiting.length >= bounds.maxWaitingPerKey) throw new QueueFull('KEY')
    if (waiting >= bounds.maxWaiting) throw new QueueFull('ALL')
    waiting++
    return new Promise((resolve) => lane.waiting.push(resolve))
  }

  return {
    /** @throws QueueFull at once when the task cannot wait; else answers and throws as the task does. */
    async run<T>(key: string, task: () => Promise<T>): Promise<T> {
      const lane = lanes.get(key) ?? { running: 0, waiting: [] }
      if (!lanes.has(key)) lanes.set(key, lane)
      try {
        if (hasRoom(lane)) enter(lane)
        else await wait(lane)
      } catch (error) {
        if (lane.running === 0 && lane.waiting.length === 0) lanes.delete(key)
        throw error
      }
      try {
        return await task()
      } finally {
        leave(key, lane)
      }
    },

    /** How many keys have tasks that run or wait. */
    get size(): number {
      return lanes.size
    },
  }
}
