import type pg from 'pg'

/**
 * Tables of Better Auth and its plugins that keep expired rows, by the kind of row. `kept`: time after
 * the expiry.
 */
const tables = {
  // Its JWTs are valid for up to 15 minutes longer. Until then an end of the session must find it.
  sessions: { name: 'session', kept: '1 hour' },
  verifications: { name: 'verification', kept: '1 hour' }, // authorization codes
  refreshTokens: { name: 'oauthRefreshToken', kept: '1 hour' }, // used ones too: they show a theft
  appTokens: { name: 'oauthAccessToken', kept: '1 hour' },
  clientAssertions: { name: 'oauthClientAssertion', kept: '1 hour' },
  accessTokens: { name: 'apikey', kept: '30 days' }, // the page shows its owner that it has expired
} as const

export type ExpiringKind = keyof typeof tables

export const expiringKinds = Object.keys(tables) as ExpiringKind[]

/**
 * Deletes up to `limit` rows of a kind that are no longer kept at `now`. A row without an expiry stays.
 * @returns the number of deleted rows.
 */
export async function deleteExpired(
  pool: pg.Pool,
  kind: ExpiringKind,
  now: Date,
  limit: number,
): Promise<number> {
  const { name, kept } = tables[kind]
  const isOld = `"expiresAt" < $1::timestamptz - interval '${kept}'`
  const { rowCount } = await pool.query(
    // The condition again: another transaction may have renewed a row that was found.
    `delete from "${name}" where ctid = any (array(
       select ctid from "${name}" where ${isOld} limit $2)) and ${isOld}`,
    [now, limit],
  )
  return rowCount ?? 0
}
