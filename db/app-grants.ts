import type pg from 'pg'
import { forgetExpired } from './ended-sessions.ts'

/** A person and a client; there is at most one grant for them. */
export type Parties = { userId: string; clientId: string }

/** What an app asks for: `place` is where its codes are sent, see server/oauth/places.ts. */
export type Asked = Parties & { scopes: readonly string[]; place: string }

export type AppGrant = {
  id: string
  clientId: string
  scopes: string[]
  places: string[]
  connectedAt: Date
  /** When the app last got a token. */
  lastUsedAt: Date
}

/**
 * What a code or refresh token is bound to: the id of a grant. Null: it was issued before they were
 * bound, and is good for a grant that was carried over from that time.
 */
export type Binding = string | null

const ofParties = 'user_id = $1 and client_id = $2'
const isBound = '(id = $3 or ($3::text is null and accepts_unbound))'

/**
 * The person allows these scopes, in place of those allowed before, and this place beside others.
 * Writes the provider's own row too, under the same id, so that it does not make a second one.
 * @returns the id of the grant; undefined: the account or the client was deleted meanwhile.
 */
export async function allowApp(pool: pg.Pool, asked: Asked): Promise<string | undefined> {
  const { userId, clientId, scopes, place } = asked
  const { rows } = await pool.query<{ id: string }>(
    `with parties as (
       select "user".id, "oauthClient"."clientId" from "user", "oauthClient"
       where "user".id = $1 and "oauthClient"."clientId" = $2
       for key share -- a deletion waits, and then deletes this grant as well
     ), granted as (
       insert into app_grants (id, user_id, client_id, grant_id, scopes, places)
       select gen_random_uuid(), id, "clientId", gen_random_uuid(), $3, array[$4] from parties
       on conflict (user_id, client_id) do update set
         scopes = excluded.scopes,
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

/** The id of the grant that covers what is asked for; undefined: the person has to be asked. */
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
 * Notes that a token is issued, and decides whether it may be.
 * @param use its place is that of the code; undefined: a refresh token is used.
 * @returns the `grant_id` of the token; undefined: no grant covers it, or no longer.
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

/** The person's grants, the one used last first. */
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
 * Ends the access tokens of a grant, if this is still its `grant_id`: the grant stays, with another.
 * @returns what has ended, announced to every instance; undefined: it had ended before.
 */
export function endGrantId(
  pool: pg.Pool,
  { userId, clientId }: Parties,
  grantId: string,
): Promise<string | undefined> {
  return replaceGrantId(pool, 'grant_id = $3', [userId, clientId, grantId])
}

/** Ends the access tokens of the grant that a code or refresh token is bound to, as endGrantId. */
export function endBoundTokens(
  pool: pg.Pool,
  { userId, clientId }: Parties,
  binding: Binding,
): Promise<string | undefined> {
  return replaceGrantId(pool, isBound, [userId, clientId, binding])
}

async function replaceGrantId(pool: pg.Pool, condition: string, values: unknown[]) {
  const { rows } = await pool.query<{ ended: string }>(
    // The lock makes the condition be checked again after a wait, so that each id ends once.
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
 * Deletes a grant of the person, or all of them, and announces the end of their access tokens to
 * every instance. Codes and refresh tokens that are bound to them are worth nothing from then on.
 */
export async function deleteAppGrants(
  pool: pg.Pool,
  userId: string,
  id?: string,
): Promise<EndedGrant[]> {
  const { rows } = await pool.query<EndedGrant>(
    `with ${forgetExpired}, gone as (
       delete from app_grants where user_id = $1 and ($2::text is null or id = $2)
       returning id, client_id, grant_id
     ), announced as (
       insert into ended_sessions (session_id) select grant_id from gone on conflict do nothing
     )
     select id, client_id as "clientId", grant_id as "grantId" from gone`,
    [userId, id],
  )
  return rows
}
