import { randomUUID } from 'node:crypto'
import type { Pool } from 'pg'
import type { ChangedTask } from '#db/changes.ts'
import { followOwner, leaseMs, renewLeases } from '#db/followed-owners.ts'
import type { Viewer } from '#schema/context.ts'
import { invalidToken, type StreamEnding, streamEnded, tooManyStreams } from '#schema/errors.ts'
import type { Logger } from '../log/log.ts'
import type { Revocation } from '../tokens/revocation.ts'
import { EventStream } from './event-queue.ts'

const renewalMs = leaseMs / 3
const maxTimeout = 2 ** 31 - 1
/** Streams of one viewer on one instance, over all clients. A person needs one for each page in view. */
export const maxStreams = 20

type Follower = { viewer: Viewer; stream: EventStream<ChangedTask> }
type LiveOptions = { pool: Pool; revocation: Revocation; log: Logger }

export type Live = ReturnType<typeof createLive>

/**
 * Hands each change of a task to the streams of its owner on this instance, and to no others. A
 * stream ends with its token, with its session, when changes may have been missed, and when the
 * server stops.
 */
export function createLive({ pool, revocation, log }: LiveOptions) {
  const instance = randomUUID()
  const followers = new Map<string, Set<Follower>>() // by owner
  const leases = new Map<string, Promise<void>>() // by owner
  let renewedAt = performance.now()
  let isStopping = false

  function join(viewer: Viewer): Follower {
    const follower: Follower = { viewer, stream: new EventStream(() => leave(follower)) }
    const untilExpiry = Math.min(viewer.expiresAt - Date.now(), maxTimeout)
    const expiry = setTimeout(() => end(follower, 'TOKEN_EXPIRED'), untilExpiry)
    const own = followers.get(viewer.id) ?? new Set()
    followers.set(viewer.id, own.add(follower))

    function leave(gone: Follower): void {
      clearTimeout(expiry)
      own.delete(gone)
      if (own.size > 0) return
      followers.delete(viewer.id)
      leases.delete(viewer.id)
    }
    return follower
  }

  /** One for all streams of an owner. One that could not be had is not kept. */
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

  const all = () => [...followers.values()].flatMap((own) => [...own])

  function endAll(reason: StreamEnding): void {
    for (const follower of all()) end(follower, reason)
  }

  const renewal = setInterval(async () => {
    try {
      await renewLeases(pool, instance, [...followers.keys()])
      renewedAt = performance.now()
    } catch (err) {
      if (performance.now() - renewedAt < leaseMs - renewalMs) return
      log.warn({ err }, 'Changes may have been missed: following them could not be renewed')
      endAll('CHANGES_MISSED')
    }
  }, renewalMs).unref()

  return {
    /**
     * The changes to the viewer's tasks, from when this resolves.
     * @throws invalidToken when the viewer's session has just ended; tooManyStreams when the viewer
     * has `maxStreams` of them open.
     */
    async follow(viewer: Viewer): Promise<AsyncIterable<ChangedTask>> {
      if (revocation.isRevoked(viewer.sources)) throw invalidToken()
      if ((followers.get(viewer.id)?.size ?? 0) >= maxStreams) throw tooManyStreams(maxStreams)
      const follower = join(viewer)
      if (isStopping) end(follower, 'SERVER_STOPPING')
      try {
        await takeLease(viewer.id)
      } catch (error) {
        follower.stream.end()
        throw error
      }
      return follower.stream
    },

    taskChanged(task: ChangedTask): void {
      for (const follower of [...(followers.get(task.ownerId) ?? [])]) {
        if (!follower.stream.push(task)) end(follower, 'CHANGES_MISSED')
      }
    },

    sessionEnded(sessionId: string): void {
      for (const follower of all()) {
        if (follower.viewer.sources.includes(sessionId)) end(follower, 'SESSION_ENDED')
      }
    },

    /** Changes may have been missed: whoever follows had better read again. */
    interrupted: () => endAll('CHANGES_MISSED'),

    /** Ends every stream, says why, and takes no more. */
    stop(): void {
      isStopping = true
      clearInterval(renewal)
      endAll('SERVER_STOPPING')
    },

    /** How many streams are open on this instance. */
    get size(): number {
      return all().length
    },
  }
}

function end({ stream }: Follower, reason: StreamEnding): void {
  stream.end(streamEnded(reason))
}
