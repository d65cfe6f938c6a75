import { connect } from '#db/client.ts'
import { prepareLists } from '#db/prepare-lists.ts'

const rowCount = 1_000_000
const batchRows = 10_000
/** Every hundredth row belongs to the measured owner: 10,000 rows, spread over the whole table. */
const ownersShare = 100
const otherOwners = 990
const owner = `case when n % ${ownersShare} = 0 then $3 else 'owner-' || n % ${otherOwners} end`

/** Fills `tasks` as years of use would: rows of many owners in the order of their creation. */
export async function fillTasks(databaseUrl: string, ownerId: string): Promise<void> {
  const database = connect(databaseUrl, console)
  const client = await database.pool.connect()
  try {
    await client.query('set session_replication_role = replica') // disables triggers: there are no subscribers
    for (let from = 1; from <= rowCount; from += batchRows) {
      await client.query(insertTasks(owner, rowCount), [from, from + batchRows - 1, ownerId])
      process.stderr.write(`\r${from + batchRows - 1} rows`)
    }
    process.stderr.write('\n')
    await client.query(insertLabels)
    await prepareLists(database) // what the triggers would have kept
    await client.query('analyze')
  } finally {
    client.release()
    await database.close()
  }
}

const insertLabels = `
  insert into labels (user_id, key, name)
  select distinct user_id, lower(label), label from tasks, unnest(labels) as label
  on conflict do nothing
`

const words = [
  'water',
  'plants',
  'report',
  'garden',
  'invoice',
  'review',
  'letter',
  'kitchen',
  'window',
  'ticket',
  'mother',
  'birthday',
  'bicycle',
  'budget',
  'meeting',
  'notes',
  'travel',
  'dentist',
  'paint',
  'fence',
]

/*
 * Each value comes from a hash of the row's number, so every run has the same rows. $1 and $2: first
 * and last number. `owner`: SQL for the owner of row `n`. Titles have about 30 characters; two of three tasks have
 * a description of about 300; a third are completed; a quarter have no due date.
 */
export const insertTasks = (owner: string, rowCount: number): string => `
  with words as (select array['${words.join("','")}'] as w),
  numbered as (
    select n, abs(hashint4(n)::bigint) as h,
      ${owner} as owner
    from generate_series($1::int, $2::int) as n
  ),
  written as (
    select numbered.*,
      initcap(w[1 + h % 20]) || ' ' || w[1 + h / 20 % 20] || ' ' || w[1 + h / 400 % 20] || ' ' || n
        as title,
      case when h % 3 > 0 then (
        select string_agg(w[1 + abs(hashint4(n + i * 7)::bigint) % 20], ' ')
        from generate_series(1, 45) as i
      ) end as description,
      array(
        select initcap(w[1 + i]) from generate_series(0, 19) as i where (h >> 3) % 97 % (i + 3) = 1
        limit 3
      ) as labels
    from numbered, words
  )
  insert into tasks (user_id, id, title, title_key, description, description_key, completed_at,
                     due_on, priority, labels, label_keys, created_at, updated_at)
  select owner, uuidv7((n - ${rowCount}) * interval '1 minute'), title, lower(title),
    description, description,
    case when h % 3 = 1 then now() - (h % 100000) * interval '1 minute' end,
    case when h % 4 > 0 then current_date + (h / 4 % 730)::int - 365 end,
    (enum_range(null::task_priority))[1 + h / 7 % 3],
    labels, array(select lower(label) from unnest(labels) as label),
    now() - (${rowCount} - n) * interval '1 minute',
    now() - (h % ${rowCount}) * interval '1 second'
  from written
`
