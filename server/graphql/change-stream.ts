import type { Change, ChangeBatch } from '#schema/change-source.ts'
import { cursorExpired, streamEnded } from '#schema/errors.ts'
import { EventQueue } from './event-queue.ts'

/** What sends the changes of an owner to all streams (owner-feed.ts). */
export type ChangeFeed = {
  /** Every change up to here was sent. */
  readonly position: number
  /** Reads what a stream that is behind has missed. Undefined: no stream is left. */
  read: (after: number) => Promise<ChangeBatch | undefined>
}

/**
 * The changes for one reader, each once and in order. A stream that begins before the position of the
 * feed reads the history itself until it is there, as fast as its reader.
 */
export class ChangeStream extends EventQueue<Change> {
  readonly #feed: ChangeFeed
  /** Up to here, the reader has the changes, or they are unread. Infinite until the stream begins. */
  #position = Number.POSITIVE_INFINITY
  #isBehind = false

  constructor(feed: ChangeFeed, onEnd: () => void) {
    super(onEnd)
    this.#feed = feed
  }

  begin(position: number): void {
    this.#position = position
    this.#isBehind = position < this.#feed.position
  }

  /** Takes the next changes of the feed. Ends when the reader is so slow that the queue is full. */
  receive(changes: Change[]): void {
    if (!this.#isBehind && !this.#add(changes)) this.end(streamEnded('CHANGES_MISSED'))
  }

  /** False: the queue is full. */
  #add(changes: Change[]): boolean {
    for (const change of changes) {
      if (change.position <= this.#position) continue
      if (!this.push(change)) return false
      this.#position = change.position
    }
    return true
  }

  override next(): Promise<IteratorResult<Change>> {
    if (!this.#isBehind || !this.isIdle) return super.next()
    return this.#catchUp().then(() => this.next())
  }

  async #catchUp(): Promise<void> {
    const batch = await this.#feed.read(this.#position)
    if (!batch) return
    if (this.#position < batch.keptAfter) return this.end(cursorExpired())
    // The history had more when the stream began: it was deleted with the account.
    if (batch.changes.length === 0) return this.end(streamEnded('CHANGES_MISSED'))
    this.#add(batch.changes)
    this.#isBehind = this.#position < this.#feed.position
  }
}
