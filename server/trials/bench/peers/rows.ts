import type { Pool } from 'pg'

/*
 * 200,000 tasks of 1,000 users. Three users have about 50,000 each, for pages that are deep in a
 * list; every other user has about 50. Half of all tasks are open.
 */

const rowCount = 200_000
const batchRows = 20_000
/** Of a thousand rows in a row. */
const bigRows = 753

export const userCount = 1_000
export const bigUserCount = 3
/** Rows before the page of operation D. */
export const deepRows = 50_000

const user = (n: string) => `'bench-user-' || ${n}`
export const userIds = Array.from({ length: userCount }, (_, n) => `bench-user-${n}`)

const insertRows = `
  with numbered as (
    select n, uuidv7((n - ${rowCount}) * interval '1 second') as id,
      now() - (${rowCount} - n) * interval '1 second' - interval '1 hour' as created_at,
      case when n % 1000 < ${bigRows} then ${user(`n % 1000 % ${bigUserCount}`)}
        else ${user(`(${bigUserCount} + (n / 1000 * ${1_000 - bigRows} + n % 1000 - ${bigRows}) % ${userCount - bigUserCount})`)}
      end as user_id
    from generate_series($1::int, $2::int) as n
  )
  insert into tasks (user_id, id, title, title_key, completed_at, priority, labels, label_keys,
                     created_at, updated_at)
  select user_id, id, 'Read ' || id, 'read ' || id, case when hashint4(n) % 2 = 0 then created_at end,
    'MEDIUM', '{}', '{}', created_at, created_at
  from numbered
`

// One hour separates the seeded rows from those that are written later.
const isNewer = (column: string) => `${column} > now() - interval '1 hour'`

/** Without triggers: no stream is open that they would notify. */
const withoutTriggers = (sql: string) => `set local session_replication_role = replica; ${sql}`

/** The numbers that the triggers keep otherwise. Every task has the priority MEDIUM. */
const recount = `
  delete from task_counts;
  insert into task_counts
  select user_id, array[0, count(*) - count(completed_at), 0, 0, count(completed_at), 0]
    from tasks group by user_id
`

export async function seedTasks(pool: Pool): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('set session_replication_role = replica')
    for (let from = 1; from <= rowCount; from += batchRows)
      await client.query(insertRows, [from, from + batchRows - 1])
    await client.query(recount)
    await client.query('reset session_replication_role')
    await client.query('vacuum analyze tasks')
  } finally {
    client.release()
  }
}

/** Undoes what was written since the rows were seeded, so that every server finds the same rows. */
export async function restoreTasks(pool: Pool): Promise<void> {
  await pool.query(
    withoutTriggers(`
      delete from tasks where ${isNewer('created_at')};
      update tasks set title = 'Read ' || id, title_key = 'read ' || id, updated_at = created_at,
        completed_at = case when ${isNewer('completed_at')} then null else completed_at end
      where ${isNewer('updated_at')};
      delete from task_changes;
      ${recount}`),
  )
  await pool.query('vacuum tasks, task_changes, task_histories')
}
