import { randomUUID } from 'node:crypto'
import type { Pool } from 'pg'
import type { ChangedTask } from '#db/changes.ts'
import { followOwner, leaseMs, renewLeases } from '#db/followed-owners.ts'
import type { Viewer } from '#schema/context.ts'
import { invalidToken, type StreamEnding, streamEnded, tooManyStreams } from '#schema/errors.ts'
import type { Logger } from '../log/log.ts'
import type { Revocation } from '../tokens/revocation.ts'
import { EventQueue } from './event-queue.ts'

const renewalMs = leaseMs / 3
/** The longest delay that setTimeout accepts. */
const maxTimeoutMs = 2 ** 31 - 1
/** Max streams of one viewer on one instance, over all clients. Each open page needs one. */
export const maxStreams = 20

type Subscriber = { viewer: Viewer; stream: EventQueue<ChangedTask> }
type LiveOptions = { pool: Pool; revocation: Revocation; log: Logger }

export type Live = ReturnType<typeof createLive>

/**
 * Sends each change of a task to the streams of its owner on this instance, and to no other stream.
 * A stream ends when its token expires, when its session ends, when changes may have been missed,
 * and when the server stops.
 */
export function createLive({ pool, revocation, log }: LiveOptions) {
  const instance = randomUUID()
  const subscribers = new Map<string, Set<Subscriber>>() // by owner
  const leases = new Map<string, Promise<void>>() // by owner
  let renewedAt = performance.now()
  let isStopping = false

  function addSubscriber(viewer: Viewer): Subscriber {
    const subscriber: Subscriber = {
      viewer,
      stream: new EventQueue(() => removeSubscriber(subscriber)),
    }
    const untilExpiry = Math.min(viewer.expiresAt - Date.now(), maxTimeoutMs)
    const expiry = setTimeout(() => end(subscriber, 'TOKEN_EXPIRED'), untilExpiry)
    const own = subscribers.get(viewer.id) ?? new Set()
    subscribers.set(viewer.id, own.add(subscriber))

    function removeSubscriber(removed: Subscriber): void {
      clearTimeout(expiry)
      own.delete(removed)
      if (own.size > 0) return
      subscribers.delete(viewer.id)
      leases.delete(viewer.id)
    }
    return subscriber
  }

  /** All streams of an owner share one lease. A failed attempt is not cached. */
  function takeLease(ownerId: string): Promise<void> {
    const lease =
      leases.get(ownerId) ??
      followOwner(pool, instance, ownerId).catch((error) => {
        leases.delete(ownerId)
        throw error
      })
    leases.set(ownerId, lease)
    return lease
  }

  const all = () => [...subscribers.values()].flatMap((own) => [...own])

  function endAll(reason: StreamEnding): void {
    for (const subscriber of all()) end(subscriber, reason)
  }

  const renewal = setInterval(async () => {
    try {
      await renewLeases(pool, instance, [...subscribers.keys()])
      renewedAt = performance.now()
    } catch (err) {
      if (performance.now() - renewedAt < leaseMs - renewalMs) return
      log.warn(
        { err },
        'Changes may have been missed: the leases of subscriptions could not be renewed',
      )
      endAll('CHANGES_MISSED')
    }
  }, renewalMs).unref()

  return {
    /**
     * Streams the changes to the viewer's tasks from the moment it resolves.
     * @throws invalidToken if the viewer's session has just ended; tooManyStreams if the viewer already
     * has `maxStreams` open streams.
     */
    async subscribe(viewer: Viewer): Promise<AsyncIterable<ChangedTask>> {
      if (revocation.isRevoked(viewer.tokenOrigins)) throw invalidToken()
      if ((subscribers.get(viewer.id)?.size ?? 0) >= maxStreams) throw tooManyStreams(maxStreams)
      const subscriber = addSubscriber(viewer)
      if (isStopping) end(subscriber, 'SERVER_STOPPING')
      try {
        await takeLease(viewer.id)
      } catch (error) {
        subscriber.stream.end()
        throw error
      }
      return subscriber.stream
    },

    taskChanged(task: ChangedTask): void {
      for (const subscriber of [...(subscribers.get(task.ownerId) ?? [])]) {
        if (!subscriber.stream.push(task)) end(subscriber, 'CHANGES_MISSED')
      }
    },

    sessionEnded(sessionId: string): void {
      for (const subscriber of all()) {
        if (subscriber.viewer.tokenOrigins.includes(sessionId)) end(subscriber, 'SESSION_ENDED')
      }
    },

    /** Ends all streams because changes may have been missed. Clients reload after that. */
    interrupted: () => endAll('CHANGES_MISSED'),

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
