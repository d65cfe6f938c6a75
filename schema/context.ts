import type { ChangedTask } from '#db/changes.ts'
import type { Db } from '#db/client.ts'

/** Who is calling: made by the server from a verified token, once per request. */
export type Viewer = {
  /** The token's `sub`: Better Auth's `user.id`, and the owner of rows. */
  id: string
  /** The token's `email`; a third party's token may carry none. */
  email: string | undefined
  /** What the token may do, sorted. */
  scopes: readonly string[]
  /** What the token was made from, such as a session: it ends when one of them ends. */
  sources: readonly string[]
  /** Who acts for them: a third party, or a script of theirs; undefined: nobody, it is our own page. */
  clientId?: string
  /** When the token expires, in milliseconds since 1970. */
  expiresAt: number
}

export type Context = {
  db: Db
  /** Where people find Taskward, without a trailing slash: links in answers begin with it. */
  baseUrl: string
  /** Null: no credential was sent. */
  viewer: Viewer | null
  /** The changes to the viewer's tasks from now on, for as long as their token and session last. */
  followTasks: (viewer: Viewer) => Promise<AsyncIterable<ChangedTask>>
}

/** What a resolver behind `withAuth` sees. */
export type ViewerContext = Context & { viewer: Viewer }
