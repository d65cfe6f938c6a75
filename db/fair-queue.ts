type Bounds = {
  /** Max tasks that run concurrently. */
  maxRunning: number
  /** Max tasks of one key that run concurrently. A function gets the number of active keys. */
  maxRunningPerKey: number | ((keys: number) => number)
  /** Max tasks of one key that wait. One more is refused. */
  maxWaitingPerKey: number
  /** Max tasks of all keys that wait. One more is refused. */
  maxWaiting: number
  /** Max time that a task waits before it is refused. Default: no limit. */
  maxWaitMs?: number
  /**
   * How long a key may not reuse the slot of a finished task, given the duration of that task. It
   * limits keys with long tasks. Other keys may use the capacity immediately. Default: 0.
   */
  restMs?: (tookMs: number) => number
}

/**
 * The task was not run. `KEY`: its own key has too many tasks. `ALL`: the queue is full, or no task
 * of the key could start within maxWaitMs.
 */
export class QueueFull extends Error {
  readonly scope: 'KEY' | 'ALL'

  constructor(scope: 'KEY' | 'ALL') {
    super(scope === 'KEY' ? 'Too many tasks of this key are waiting.' : 'The queue is full.')
    this.scope = scope
  }
}

/** The tasks of one key. `started`: how many have started so far. A lane without tasks is removed. */
type Lane = { running: number; started: number; waiting: (() => void)[] }

/** Frees a slot. Call it once, when the task has ended. */
type Release = () => void

export type FairQueue = ReturnType<typeof createFairQueue>

/**
 * Runs tasks with a limit for each key, such as an account or an IP address. Waiting keys take
 * turns, so a key with one task does not wait for all tasks of another key.
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
    lane.started++
    running++
  }

  /** Starts the next task of the key whose last turn is longest ago. */
  function startNext(): void {
    if (waiting === 0) return
    for (const [key, lane] of lanes) {
      if (waiting === 0 || running >= bounds.maxRunning) return
      if (lane.waiting.length === 0 || !hasRoom(lane)) continue
      lanes.delete(key) // moves the key behind all others
      lanes.set(key, lane)
      waiting--
      enter(lane)
      lane.waiting.shift()?.()
    }
  }

  function removeIdle(key: string, lane: Lane): void {
    const isIdle = lane.running === 0 && lane.waiting.length === 0
    if (isIdle && lanes.get(key) === lane) lanes.delete(key)
  }

  function leave(key: string, lane: Lane, restMs: number): void {
    running--
    if (restMs > 0) {
      setTimeout(() => freeSlot(key, lane), restMs).unref()
      startNext()
    } else freeSlot(key, lane)
  }

  function freeSlot(key: string, lane: Lane): void {
    lane.running--
    removeIdle(key, lane)
    startNext()
  }

  function wait(lane: Lane): Promise<void> {
    if (lane.waiting.length >= bounds.maxWaitingPerKey) throw new QueueFull('KEY')
    if (waiting >= bounds.maxWaiting) throw new QueueFull('ALL')
    waiting++
    return new Promise((resolve, reject) => {
      const { started } = lane
      const timer = startTimer(() => {
        lane.waiting.splice(lane.waiting.indexOf(start), 1)
        waiting--
        // The key is at its limit and its tasks started meanwhile: it waited only for its own tasks.
        const isOwn = isAtShare(lane) && lane.started > started
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

  function release(key: string, lane: Lane): Release {
    const startedAt = bounds.restMs && performance.now()
    return () => {
      const rest = startedAt ? bounds.restMs?.(performance.now() - startedAt) : undefined
      leave(key, lane, rest ?? 0)
    }
  }

  async function enterLater(key: string, lane: Lane): Promise<Release> {
    try {
      await wait(lane)
    } catch (error) {
      removeIdle(key, lane)
      throw error
    }
    return release(key, lane)
  }

  /**
   * Takes a slot of the key: immediately if one is free, which saves the caller a promise.
   * @returns a function that frees the slot.
   * @throws QueueFull, or rejects with it, when the task cannot wait, or has waited for maxWaitMs.
   */
  function acquire(key: string): Release | Promise<Release> {
    const lane = lanes.get(key) ?? { running: 0, started: 0, waiting: [] }
    if (!lanes.has(key)) lanes.set(key, lane)
    if (!hasRoom(lane)) return enterLater(key, lane)
    enter(lane)
    return release(key, lane)
  }

  return {
    acquire,

    /**
     * Returns and throws what the task does.
     * @throws QueueFull as `acquire` does.
     */
    async run<T>(key: string, task: () => Promise<T>): Promise<T> {
      const slot = acquire(key)
      const free = slot instanceof Promise ? await slot : slot
      try {
        return await task()
      } finally {
        free()
      }
    },

    /** The number of keys with running or waiting tasks. */
    get size(): number {
      return lanes.size
    },
  }
}
