type Bounds = {
  /** Tasks that run at the same time. */
  maxRunning: number
  /** Tasks of one key that run at the same time; by the number of keys that have tasks. */
  maxRunningPerKey: number | ((keys: number) => number)
  /** Tasks of one key that wait; one more is refused. */
  maxWaitingPerKey: number
  /** Tasks of all keys together that wait; one more is refused. */
  maxWaiting: number
  /** Milliseconds that a task may wait; then it is refused. Default: without a bound. */
  maxWaitMs?: number
  /**
   * Milliseconds for which a key's place stays taken after a task, by those that the task took: a key
   * of long tasks cannot use all that there is. Places of all keys are free at once. Default: none.
   */
  restMs?: (tookMs: number) => number
}

/**
 * Why a task was not run: `KEY` when its own key has too many tasks, `ALL` when the queue is full or
 * nothing of the key could begin for too long.
 */
export class QueueFull extends Error {
  readonly scope: 'KEY' | 'ALL'

  constructor(scope: 'KEY' | 'ALL') {
    super(scope === 'KEY' ? 'Too many tasks of this key are waiting.' : 'The queue is full.')
    this.scope = scope
  }
}

/** The tasks of one key. A key without any is forgotten. `begun`: how many have begun so far. */
type Lane = { running: number; begun: number; waiting: (() => void)[] }

export type FairQueue = ReturnType<typeof createFairQueue>

/**
 * Runs tasks with a bounded share for each key, such as an account or an address. Keys that wait
 * take turns, so a key with one task never waits behind the many tasks of another.
 */
export function createFairQueue(bounds: Bounds) {
  const lanes = new Map<string, Lane>()
  let running = 0
  let waiting = 0

  const { maxRunningPerKey: share } = bounds
  const isAtShare = (lane: Lane) =>
    lane.running >= (typeof share === 'number' ? share : share(lanes.size))
  const hasRoom = (lane: Lane) => running < bounds.maxRunning && !isAtShare(lane)

  function enter(lane: Lane): void {
    lane.running++
    lane.begun++
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

  function forgetIdle(key: string, lane: Lane): void {
    const isIdle = lane.running === 0 && lane.waiting.length === 0
    if (isIdle && lanes.get(key) === lane) lanes.delete(key)
  }

  function leave(key: string, lane: Lane, restMs: number): void {
    running--
    if (restMs > 0) {
      setTimeout(() => freePlace(key, lane), restMs).unref()
      startNext()
    } else freePlace(key, lane)
  }

  function freePlace(key: string, lane: Lane): void {
    lane.running--
    forgetIdle(key, lane)
    startNext()
  }

  function wait(lane: Lane): Promise<void> {
    if (lane.waiting.length >= bounds.maxWaitingPerKey) throw new QueueFull('KEY')
    if (waiting >= bounds.maxWaiting) throw new QueueFull('ALL')
    waiting++
    return new Promise((resolve, reject) => {
      const { begun } = lane
      const timer = startTimer(() => {
        lane.waiting.splice(lane.waiting.indexOf(start), 1)
        waiting--
        // At its share and with tasks that began meanwhile, the key waits for its own tasks alone.
        const isOwn = isAtShare(lane) && lane.begun > begun
        reject(new QueueFull(isOwn ? 'KEY' : 'ALL'))
      })
      const start = () => {
        clearTimeout(timer)
        resolve()
      }
      lane.waiting.push(start)
    })
  }

  function startTimer(refuse: () => void): NodeJS.Timeout | undefined {
    return bounds.maxWaitMs === undefined ? undefined : setTimeout(refuse, bounds.maxWaitMs).unref()
  }

  return {
    /** @throws QueueFull when the task cannot wait, or has waited for too long; else answers and throws as the task does. */
    async run<T>(key: string, task: () => Promise<T>): Promise<T> {
      const lane = lanes.get(key) ?? { running: 0, begun: 0, waiting: [] }
      if (!lanes.has(key)) lanes.set(key, lane)
      try {
        if (hasRoom(lane)) enter(lane)
        else await wait(lane)
      } catch (error) {
        forgetIdle(key, lane)
        throw error
      }
      const start = bounds.restMs && performance.now()
      try {
        return await task()
      } finally {
        leave(key, lane, start ? (bounds.restMs?.(performance.now() - start) ?? 0) : 0)
      }
    },

    /** How many keys have tasks that run or wait. */
    get size(): number {
      return lanes.size
    },
  }
}
