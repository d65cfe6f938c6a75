import type pg from 'pg'

export type ListedUser = {
  id: string
  email: string
  name: string
  createdAt: Date
  /** Null: not disabled. */
  disabledAt: Date | null
}

/** `search`: part of an address or a name. `after`: the address of the last user of the page before. */
export type UserPage = { search: string; after: string; limit: number }

/** The users in the order of their addresses, from Better Auth's table. */
export async function listUsers(
  pool: pg.Pool,
  { search, after, limit }: UserPage,
): Promise<ListedUser[]> {
  const { rows } = await pool.query<ListedUser>(
    `select id, email, name, "createdAt", "disabledAt" from "user"
     where email > $1 and position(lower($2) in lower(email || E'\\n' || name)) > 0
     order by email, id limit $3`,
    [after, search, limit],
  )
  return rows
}
