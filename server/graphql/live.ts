import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool } from 'pg'
import type { Db } from '#db/client.ts'
import { followOwner, leaseMs, renewLeases } from '#db/followed-owners.ts'
import { type Change, findStart, readChangeBatch } from '#schema/change-source.ts'
import type { Viewer } from '#schema/context.ts'
import { invalidToken, type StreamEnding, streamEnded, tooManyStreams } from '#schema/errors.ts'
import type { Logger } from '../log/log.ts'
import type { Revocation } from '../tokens/revocation.ts'
import { ChangeStream } from './change-stream.ts'
import { createOwnerFeed, type OwnerFeed } from './owner-feed.ts'

const renewalMs = leaseMs / 3
const retryMs = 500
/** The longest delay that setTimeout accepts. */
const maxTimeoutMs = 2 ** 31 - 1
/** Max streams of one viewer on one instance, over all clients. Each open page needs one. */
export const maxStreams = 20

type Subscriber = { viewer: Viewer; stream: ChangeStream }
/** The streams of one owner. They share a feed and a lease. */
type Followed = { subscribers: Set<Subscriber>; feed: OwnerFeed; lease: Promise<void> | undefined }
type LiveOptions = { db: Db; pool: Pool; revocation: Revocation; log: Logger }

export type Live = ReturnType<typeof createLive>

/**
 * Sends each change of a task to the streams of its owner on this instance, and to no other stream.
 * A stream ends when its token expires, when its session ends, when its reader is too slow, and when
 * the server stops.
 */
export function createLive({ db, pool, revocation, log }: LiveOptions) {
  const instance = randomUUID()
  const followed = new Map<string, Followed>() // by owner
  let renewedAt = performance.now()
  let isStopping = false

  function follow(ownerId: string): Followed {
    const read = async (after: number) => {
      // Until it is known which sessions have ended, their streams get nothing.
      if (!revocation.isCurrent()) await revocation.becomeCurrent()
      return readChangeBatch(db, ownerId, after)
    }
    const feed = createOwnerFeed({ read, log })
    const made: Followed = { subscribers: new Set(), feed, lease: undefined }
    followed.set(ownerId, made)
    return made
  }

  function addSubscriber(viewer: Viewer, own: Followed): Subscriber {
    const subscriber: Subscriber = {
      viewer,
      stream: new ChangeStream(own.feed.feed, () => remove(subscriber)),
    }
    const untilExpiry = Math.min(viewer.expiresAt - Date.now(), maxTimeoutMs)
    const expiry = setTimeout(() => end(subscriber, 'TOKEN_EXPIRED'), untilExpiry)
    own.subscribers.add(subscriber)
    own.feed.streams.add(subscriber.stream)

    function remove(removed: Subscriber): void {
      clearTimeout(expiry)
      own.subscribers.delete(removed)
      own.feed.streams.delete(removed.stream)
      if (own.subscribers.size === 0) followed.delete(viewer.id)
    }
    return subscriber
  }

  /** All streams of an owner share one lease. A failed attempt is not kept. */
  function takeLease(ownerId: string, own: Followed): Promise<void> {
    own.lease ??= followOwner(pool, instance, ownerId).catch((error) => {
      own.lease = undefined
      throw error
    })
    return own.lease
  }

  const all = () => [...followed.values()].flatMap(({ subscribers }) => [...subscribers])

  function endAll(reason: StreamEnding): void {
    for (const subscriber of all()) end(subscriber, reason)
  }

  async function retry(work: () => Promise<void>): Promise<void> {
    while (!isStopping) {
      try {
        return await work()
      } catch {
        await sleep(retryMs, undefined, { ref: false })
      }
    }
  }

  /**
   * Takes all leases again, and reads what was not announced meanwhile. A transaction that runs now may
   * not have seen the new lease, so the history is read once more when it has ended.
   */
  async function followAgain(): Promise<void> {
    await retry(() => renewLeases(pool, instance, [...followed.keys()]))
    for (const { feed } of followed.values()) feed.moved()
    for (const [ownerId, own] of [...followed]) {
      if (own.subscribers.size === 0) continue
      await retry(() => followOwner(pool, instance, ownerId))
      own.feed.moved()
    }
  }

  const renewal = setInterval(async () => {
    const now = performance.now()
    try {
      await renewLeases(pool, instance, [...followed.keys()])
      const hasLapsed = performance.now() - renewedAt >= leaseMs
      renewedAt = now
      if (hasLapsed) await followAgain()
    } catch (err) {
      if (now - renewedAt < leaseMs - renewalMs) return
      log.warn({ err }, 'The leases of subscriptions cannot be renewed. Trying again')
    }
  }, renewalMs).unref()

  return {
    /**
     * Streams the changes to the viewer's tasks after a position; undefined: from the moment it
     * resolves.
     * @throws invalidToken if the viewer's session has just ended; tooManyStreams if the viewer already
     * has `maxStreams` open streams; badUserInput or cursorExpired for the position.
     */
    async subscribe(viewer: Viewer, after?: number): Promise<AsyncIterable<Change>> {
      if (revocation.isRevoked(viewer.tokenOrigins)) throw invalidToken()
      const own = followed.get(viewer.id) ?? follow(viewer.id)
      if (own.subscribers.size >= maxStreams) throw tooManyStreams(maxStreams)
      const subscriber = addSubscriber(viewer, own)
      if (isStopping) end(subscriber, 'SERVER_STOPPING')
      try {
        await takeLease(viewer.id, own)
        own.feed.begin(subscriber.stream, await findStart(db, viewer.id, after))
      } catch (error) {
        subscriber.stream.end()
        throw error
      }
      return subscriber.stream
    },

    historyMoved(ownerId: string): void {
      followed.get(ownerId)?.feed.moved()
    },

    sessionEnded(sessionId: string): void {
      for (const subscriber of all()) {
        if (subscriber.viewer.tokenOrigins.includes(sessionId)) end(subscriber, 'SESSION_ENDED')
      }
    },

    /** Announcements were missed. After a crash of the database, the leases are lost as well. */
    interrupted(): void {
      void followAgain()
    },

    /** Ends every stream with SERVER_STOPPING, and refuses new ones in the same way. */
    stop(): void {
      isStopping = true
      clearInterval(renewal)
      endAll('SERVER_STOPPING')
    },

    /** The number of open streams on this instance. */
    get size(): number {
      return all().length
    },
  }
}

function end({ stream }: Subscriber, reason: StreamEnding): void {
  stream.end(streamEnded(reason))
}
