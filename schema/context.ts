import type { Db } from '#db/client.ts'

/** Who is calling: made by the server from a verified token, once per request. */
export type Viewer = {
  /** The token's `sub`: Better Auth's `user.id`, and the owner of rows. */
  id: string
  /** The token's `email`; a third party's token may carry none. */
  email: string | undefined
  /** What the token may do, sorted. */
  scopes: readonly string[]
}

export type Context = {
  db: Db
  /** Null: no credential was sent. */
  viewer: Viewer | null
}

/** What a resolver behind `withAuth` sees. */
export type ViewerContext = Context & { viewer: Viewer }
