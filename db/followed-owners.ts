import type pg from 'pg'

/** Whoever fails to renew for so long is taken to be gone, and is not told of changes any more. */
const lease = '60 seconds'
export const leaseMs = 60_000

/**
 * From when this resolves, each change to the owner's tasks is announced (db/changes.ts) or can be
 * read already: the lock waits for transactions that are under way, and did not know.
 */
export async function followOwner(pool: pg.Pool, instance: string, ownerId: string): Promise<void> {
  await pool.query(
    `with alone as (
       select hashtextextended($2, 0) as hash, pg_advisory_xact_lock(hashtextextended($2, 0))
     )
     insert into followed_owners (owner_hash, instance, until)
     select hash, $1, now() + interval '${lease}' from alone
     on conflict (owner_hash, instance) do update set until = excluded.until`,
    [instance, ownerId],
  )
}

/**
 * Renews the leases for these owners, and forgets those that have run out. A lease is not given
 * back: this instance may just be taking another one for the same owner.
 */
export async function renewLeases(
  pool: pg.Pool,
  instance: string,
  ownerIds: string[],
): Promise<void> {
  await pool.query(
    `with renewed as (
       insert into followed_owners (owner_hash, instance, until)
       select distinct hashtextextended(id, 0), $1::uuid, now() + interval '${lease}'
       from unnest($2::text[]) as id
       on conflict (owner_hash, instance) do update set until = excluded.until
       returning owner_hash
     )
     delete from followed_owners
     where until < now() and owner_hash not in (select owner_hash from renewed)`,
    [instance, ownerIds],
  )
}
