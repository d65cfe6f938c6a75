import type { Actor } from '#db/actors.ts'
import type { Author } from '#db/as-owner.ts'
import type { Db } from '#db/client.ts'
import type { Change } from './change-source.ts'

/** The caller. The server creates it from a verified token, once per request. */
export type Viewer = {
  /** The `sub` claim: `user.id` of Better Auth, and the owner of rows. */
  id: string
  /** The `email` claim. A token of a third party may have none. */
  email: string | undefined
  /** The scopes of the token, sorted. */
  scopes: readonly string[]
  /** Ids of the origins of the token, such as its session. When one of them ends, the token ends. */
  tokenOrigins: readonly string[]
  /** The client that acts for the viewer: a third party or a script. Undefined: our own page. */
  clientId?: string
  /** Who makes the changes of this token, as the history names them. */
  actor: Actor
  /** Expiry time of the token, in milliseconds since 1970. */
  expiresAt: number
}

export type Context = {
  db: Db
  /** The public URL of Taskward, without a trailing slash. Links in responses begin with it. */
  baseUrl: string
  /** Null: no credential was sent. */
  viewer: Viewer | null
  /**
   * Subscribes to the changes of the viewer's tasks after a position of the history; undefined: from
   * now on. Ends when the token or its session ends.
   */
  subscribeToTasks: (viewer: Viewer, after?: number) => Promise<AsyncIterable<Change>>
}

/** The context of a resolver behind `withAuth`. */
export type ViewerContext = Context & { viewer: Viewer }

/** The viewer as the author of changes to their own tasks. */
export function authorOf({ id, actor }: Viewer): Author {
  return { ownerId: id, actor }
}
