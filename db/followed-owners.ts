import type pg from 'pg'

/** An instance that does not renew its lease within this time is notified of no more changes. */
const lease = '60 seconds'
export const leaseMs = 60_000

/**
 * Subscribes the instance to the changes of an owner's tasks (db/changes.ts). When this resolves,
 * each earlier change can be read and each later one is notified: the lock waits for running
 * transactions, which did not see the subscription.
 */
export async function followOwner(pool: pg.Pool, instance: string, ownerId: string): Promise<void> {
  await pool.query(
    `with locked as (
       select hashtextextended($2, 0) as hash, pg_advisory_xact_lock(hashtextextended($2, 0))
     )
     insert into followed_owners (owner_hash, instance, until)
     select hash, $1, now() + interval '${lease}' from locked
     on conflict (owner_hash, instance) do update set until = excluded.until`,
    [instance, ownerId],
  )
}

/**
 * Renews the leases of these owners, and deletes expired ones. No function ends a lease early: the
 * instance may be subscribing to the same owner again at that moment.
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
