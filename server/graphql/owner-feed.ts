import { setTimeout as sleep } from 'node:timers/promises'
import type { ChangeBatch } from '#schema/change-source.ts'
import { streamEnded } from '#schema/errors.ts'
import type { Logger } from '../log/log.ts'
import type { ChangeFeed, ChangeStream } from './change-stream.ts'

const minPauseMs = 50
const maxPauseMs = 2_000

type FeedOptions = {
  /** Reads the next changes of the owner after a position. */
  read: (after: number) => Promise<ChangeBatch>
  log: Logger
}

export type OwnerFeed = ReturnType<typeof createOwnerFeed>

/** Reads the history of one owner, once for all streams of the owner on this instance. */
export function createOwnerFeed({ read, log }: FeedOptions) {
  const streams = new Set<ChangeStream>()
  /** Every change up to here was sent. Undefined: no stream has begun. */
  let sentUpTo: number | undefined
  let hasMoved = false
  let isReading = false

  /** Tries again until the database answers, or no stream is left: then undefined. */
  async function readPatiently(after: number): Promise<ChangeBatch | undefined> {
    for (let pauseMs = minPauseMs; streams.size > 0; pauseMs = Math.min(2 * pauseMs, maxPauseMs)) {
      try {
        return await read(after)
      } catch (err) {
        if (pauseMs === minPauseMs)
          log.warn({ err }, 'The changes for subscriptions cannot be read. Trying again')
        await sleep(pauseMs, undefined, { ref: false })
      }
    }
    return undefined
  }

  const feed: ChangeFeed = {
    get position() {
      return sentUpTo ?? 0
    },
    read: readPatiently,
  }

  async function readOn(): Promise<void> {
    if (isReading) return
    isReading = true
    while (hasMoved && sentUpTo !== undefined) {
      hasMoved = false
      const batch = await readPatiently(sentUpTo)
      if (!batch) break
      hasMoved ||= batch.hasMore
      send(batch, sentUpTo)
      sentUpTo = batch.changes.at(-1)?.position ?? sentUpTo
    }
    isReading = false
  }

  function send({ changes, keptAfter }: ChangeBatch, after: number): void {
    for (const stream of [...streams]) {
      // The database was unavailable until housekeeping deleted changes that were not sent yet.
      if (after < keptAfter) stream.end(streamEnded('CHANGES_MISSED'))
      else stream.receive(changes)
    }
  }

  return {
    feed,
    streams,

    /** `position`: where the history stands, at `start` or later. */
    begin(stream: ChangeStream, { start, position }: { start: number; position: number }): void {
      sentUpTo ??= position
      stream.begin(start)
      void readOn()
    },

    /** The history has new changes. */
    moved(): void {
      hasMoved = true
      void readOn()
    },
  }
}
