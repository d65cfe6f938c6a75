/** Max unread events of one reader. */
const maxUnread = 1_000

/** A queue of events for one reader, who may be slow. It ends with an error that says why. */
export class EventQueue<Event extends object> implements AsyncIterableIterator<Event> {
  #unread: Event[] = []
  #end: { error: Error | undefined } | undefined
  #wake: (() => void)[] = []
  readonly #onEnd: () => void

  /** `onEnd` is called once, also when the reader disconnects. */
  constructor(onEnd: () => void) {
    this.#onEnd = onEnd
  }

  /** False: the queue is full, and the event was dropped. */
  push(event: Event): boolean {
    if (this.#end) return true
    if (this.#unread.length >= maxUnread) return false
    this.#unread.push(event)
    this.#wakeAll()
    return true
  }

  /** Drops unread events. The reader then receives the error, if there is one, and the end. */
  end(error?: Error): void {
    if (this.#end) return
    this.#end = { error }
    this.#unread = []
    this.#onEnd()
    this.#wakeAll()
  }

  /** Nothing is unread, and the queue has not ended. */
  protected get isIdle(): boolean {
    return this.#unread.length === 0 && !this.#end
  }

  #wakeAll(): void {
    for (const wake of this.#wake.splice(0)) wake()
  }

  /** Not async: a waiting reader keeps one promise in memory, and no frame of a function. */
  next(): Promise<IteratorResult<Event>> {
    if (this.isIdle) {
      return new Promise<void>((resolve) => this.#wake.push(resolve)).then(() => this.next())
    }
    const event = this.#unread.shift()
    if (event) return Promise.resolve({ value: event, done: false })
    const error = this.#end?.error
    this.#end = { error: undefined }
    return error ? Promise.reject(error) : Promise.resolve({ value: undefined, done: true })
  }

  async return(): Promise<IteratorResult<Event>> {
    this.end()
    return { value: undefined, done: true }
  }

  [Symbol.asyncIterator]() {
    return this
  }
}
