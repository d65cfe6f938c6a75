/** More than this waiting for one reader, and the reader had better read everything again. */
const maxUnread = 1_000

/** Events for one reader, who may be slow; ends at once, with an error that says why. */
export class EventStream<Event extends object> implements AsyncIterableIterator<Event> {
  #unread: Event[] = []
  #ending: { error: Error | undefined } | undefined
  #wake: (() => void)[] = []
  readonly #onEnd: () => void

  /** `onEnd`: called once, also when the reader has gone away. */
  constructor(onEnd: () => void) {
    this.#onEnd = onEnd
  }

  /** False: the reader is too far behind, and the event was not taken. */
  push(event: Event): boolean {
    if (this.#ending) return true
    if (this.#unread.length >= maxUnread) return false
    this.#unread.push(event)
    this.#wakeAll()
    return true
  }

  /** What has not been read yet is dropped; the error, if any, is all that is read from now on. */
  end(error?: Error): void {
    if (this.#ending) return
    this.#ending = { error }
    this.#unread = []
    this.#onEnd()
    this.#wakeAll()
  }

  #wakeAll(): void {
    for (const wake of this.#wake.splice(0)) wake()
  }

  async next(): Promise<IteratorResult<Event>> {
    while (this.#unread.length === 0 && !this.#ending) {
      await new Promise<void>((resolve) => this.#wake.push(resolve))
    }
    const event = this.#unread.shift()
    if (event) return { value: event, done: false }
    const error = this.#ending?.error
    this.#ending = { error: undefined }
    if (error) throw error
    return { value: undefined, done: true }
  }

  async return(): Promise<IteratorResult<Event>> {
    this.end()
    return { value: undefined, done: true }
  }

  [Symbol.asyncIterator]() {
    return this
  }
}
