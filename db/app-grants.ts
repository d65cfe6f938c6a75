import type pg from 'pg'
import { forgetExpired } from './ended-sessions.ts'

/** A user and an OAuth client. Each pair has at most one grant. */
export type Parties = { userId: string; clientId: string }

/** An authorization request. `place`: where codes are sent, see server/oauth/places.ts. */
export type Asked = Parties & { scopes: readonly string[]; place: string }

export type AppGrant = {
  id: string
  clientId: string
  scopes: string[]
  places: string[]
  connectedAt: Date
  /** When the app last received a token. */
  lastUsedAt: Date
}

/**
 * The id of the grant that an authorization code or a refresh token is bound to. Null: it was issued
 * before codes and refresh tokens were bound. It is valid only for a grant from that time
 * (`accepts_unbound`).
 */
export type Binding = string | null

const ofParties = 'user_id = $1 and client_id = $2'
const isBound = '(id = $3 or ($3::text is null and accepts_unbound))'

/**
 * Stores the consent of a user: adds the scopes to those of the grant, and the place to its places.
 * Refresh tokens from an earlier consent therefore stay valid after a step-up.
 * Also writes the row of the OAuth provider under the same id, so that the provider does not insert
 * a second one.
 * @returns the id of the grant. Undefined: the account or the client no longer exists.
 */
export async function allowApp(pool: pg.Pool, asked: Asked): Promise<string | undefined> {
  const { userId, clientId, scopes, place } = asked
  const { rows } = await pool.query<{ id: string }>(
    `with parties as (
       select "user".id, "oauthClient"."clientId" from "user", "oauthClient"
       where "user".id = $1 and "oauthClient"."clientId" = $2
       for key share -- a concurrent deletion waits, and then deletes this grant too
     ), granted as (
       insert into app_grants (id, user_id, client_id, grant_id, scopes, places)
       select gen_random_uuid(), id, "clientId", gen_random_uuid(), $3, array[$4] from parties
       on conflict (user_id, client_id) do update set
         scopes = app_grants.scopes || array(
           select scope from unnest(excluded.scopes) scope where scope <> all(app_grants.scopes)
         ),
         places = array_remove(app_grants.places, $4) || $4
       returning id
     ), others as (
       delete from "oauthConsent" using granted
       where "userId" = $1 and "clientId" = $2 and "oauthConsent".id <> granted.id
     )
     insert into "oauthConsent" (id, "userId", "clientId", "referenceId", scopes, "createdAt", "updatedAt")
     select id, $1, $2, id, to_jsonb($3::text[]), now(), now() from granted
     on conflict (id) do update set "referenceId" = excluded."referenceId"
     returning id`,
    [userId, clientId, scopes, place],
  )
  return rows[0]?.id
}

/**
 * Gives the provider's row the scopes of the grant. The provider writes the scopes of the last
 * request there, and would ask again for the others.
 */
export async function shareGrantScopes(pool: pg.Pool, { userId, clientId }: Parties) {
  await pool.query(
    `update "oauthConsent" as consent set scopes = to_jsonb(app_grants.scopes) from app_grants
     where consent.id = app_grants.id and user_id = $1 and client_id = $2`,
    [userId, clientId],
  )
}

/**
 * Deletes stored responses of refreshes that can no longer be repeated. They hold a refresh token,
 * encrypted.
 * @returns how many were deleted, at most `limit`.
 */
export async function deleteRefreshResponses(
  pool: pg.Pool,
  now: Date,
  limit: number,
): Promise<number> {
  const { rowCount } = await pool.query(
    `update "oauthRefreshToken" set "rotationReplayResponse" = null where id in (
       select id from "oauthRefreshToken"
       where "rotationReplayResponse" is not null and "rotationReplayExpiresAt" < $1 limit $2
     )`,
    [now, limit],
  )
  return rowCount ?? 0
}

/** The id of the grant that covers the request. Undefined: the user has to consent. */
export async function findAppGrant(pool: pg.Pool, asked: Asked): Promise<string | undefined> {
  const { userId, clientId, scopes, place } = asked
  const { rows } = await pool.query<{ id: string }>(
    `select id from app_grants where ${ofParties} and scopes @> $3 and $4 = any(places)`,
    [userId, clientId, scopes, place],
  )
  return rows[0]?.id
}

type Use = Parties & { binding: Binding; scopes: readonly string[]; place: string | undefined }

/**
 * Decides whether a token may be issued, and records the time when it is.
 * @param use `place` is the place of the code. Undefined: a refresh token is used.
 * @returns the `grant_id` claim of the token. Undefined: no grant covers it (any more).
 */
export async function recordAppUse(pool: pg.Pool, use: Use): Promise<string | undefined> {
  const { rows } = await pool.query<{ grant_id: string }>(
    `update app_grants set last_used_at = now()
     where ${ofParties} and ${isBound} and scopes @> $4
       and ($5::text is null or $5 = any(places))
     returning grant_id`,
    [use.userId, use.clientId, use.binding, use.scopes, use.place],
  )
  return rows[0]?.grant_id
}

/** The grants of a user. The most recently used comes first. */
export async function listAppGrants(pool: pg.Pool, userId: string): Promise<AppGrant[]> {
  const { rows } = await pool.query<AppGrant>(
    `select id, client_id as "clientId", scopes, places,
       connected_at as "connectedAt", last_used_at as "lastUsedAt"
     from app_grants where user_id = $1 order by last_used_at desc, id`,
    [userId],
  )
  return rows
}

/**
 * Revokes the access tokens of a grant, if `grantId` is still its `grant_id`. The grant stays and
 * gets a new `grant_id`. Every instance is notified.
 * @returns the revoked `grant_id`. Undefined: it was revoked before.
 */
export function endGrantId(
  pool: pg.Pool,
  { userId, clientId }: Parties,
  grantId: string,
): Promise<string | undefined> {
  return replaceGrantId(pool, 'grant_id = $3', [userId, clientId, grantId])
}

/** Like endGrantId, for the grant that an authorization code or a refresh token is bound to. */
export function endBoundTokens(
  pool: pg.Pool,
  { userId, clientId }: Parties,
  binding: Binding,
): Promise<string | undefined> {
  return replaceGrantId(pool, isBound, [userId, clientId, binding])
}

async function replaceGrantId(pool: pg.Pool, condition: string, values: unknown[]) {
  const { rows } = await pool.query<{ ended: string }>(
    // After waiting for the lock, Postgres checks the condition again, so each id is revoked once.
    `with ${forgetExpired}, held as (
       select user_id, client_id, grant_id from app_grants
       where ${ofParties} and ${condition} for update
     ), replaced as (
       update app_grants as app set grant_id = gen_random_uuid() from held
       where app.user_id = held.user_id and app.client_id = held.client_id
       returning held.grant_id
     ), announced as (
       insert into ended_sessions (session_id) select grant_id from replaced on conflict do nothing
     )
     select grant_id as ended from replaced`,
    values,
  )
  return rows[0]?.ended
}

export type EndedGrant = { id: string; clientId: string; grantId: string }

/**
 * Deletes one grant of a user (`id`), or all of them, and notifies every instance that their access
 * tokens are revoked. Codes and refresh tokens that are bound to them become invalid.
 */
export async function deleteAppGrants(
  pool: pg.Pool,
  userId: string,
  id?: string,
): Promise<EndedGrant[]> {
  const { rows } = await pool.query<EndedGrant>(
    `with ${forgetExpired}, deleted as (
       delete from app_grants where user_id = $1 and ($2::text is null or id = $2)
       returning id, client_id, grant_id
     ), announced as (
       insert into ended_sessions (session_id) select grant_id from deleted on conflict do nothing
     )
     select id, client_id as "clientId", grant_id as "grantId" from deleted`,
    [userId, id],
  )
  return rows
}
