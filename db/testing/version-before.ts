import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { inject, onTestFinished } from 'vitest'
import { transactionAs } from '../as-owner.ts'
import { connect, connectionOptions, type Database, type Db } from '../client.ts'
import { keyOf } from '../folding.ts'
import { applyMigrations, applyPending, listMigrations } from '../pending-migrations.ts'
import { databaseUrl, silentLog } from './cluster.ts'
import { runTextAs } from './run-text.ts'
import { by } from './tasks.ts'

/** A database for one test without migration 0010 and later. `upgrade` applies them. */
export async function databaseBeforeFolding(): Promise<Database & { upgrade(): Promise<void> }> {
  const name = `test_${randomUUID().replaceAll('-', '')}`
  const admin = connect(inject('adminUrl'), silentLog)
  await admin.pool.query(`create database ${name} template template0`)
  await admin.close()
  const url = databaseUrl(inject('adminUrl'), name)
  const client = new pg.Client(connectionOptions(url))
  await client.connect()
  const earlier = listMigrations().filter((migration) => migration.name < '0010')
  await applyMigrations(client, earlier)
  const database = connect(url, silentLog)
  onTestFinished(() => Promise.all([client.end(), database.close()]).then(() => {}))
  return { ...database, upgrade: () => applyPending(client) }
}

/** Creates a task as the version before does: with its keys, and spellings of labels by key. */
export function createBefore(
  db: Db,
  ownerId: string,
  { title = 'x', labels = [] }: { title?: string; labels?: string[] },
): Promise<string> {
  const id = randomUUID()
  return transactionAs(db, by(ownerId), async (tx) => {
    const spelled: string[] = []
    for (const label of labels.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))) {
      const [row] = await runTextAs(tx, ownerId, spell, [ownerId, keyOf(label), label])
      spelled.push(row?.[0] ?? label)
    }
    const values = [ownerId, id, title, keyOf(title), toArray(spelled), toArray(spelled.map(keyOf))]
    await runTextAs(tx, ownerId, insert, values)
    return id
  })
}

const spell = `insert into labels (user_id, key, name) values ($1, $2, $3)
  on conflict (user_id, key) do update set name = labels.name returning name`
const insert = `insert into tasks (user_id, id, title, title_key, priority, labels, label_keys)
  values ($1, $2::uuid, $3, $4, 'LOW', $5::text[], $6::text[])`
const toArray = (texts: string[]) => `{${texts.map((text) => JSON.stringify(text)).join(',')}}`

/** Counts the tasks of an owner as the version before does (task-counts.ts): without a trash. */
export async function countOwnerBefore(db: Db, ownerId: string): Promise<void> {
  await runTextAs(
    db,
    ownerId,
    `insert into task_counts
     select $1, array(
       select count(id) from generate_series(1, 6) as place
         left join tasks on user_id = $1
              and place = 1 + priority_rank + case when completed_at is null then 0 else 3 end
        group by place order by place) on conflict do nothing`,
    [ownerId],
  )
}

/** How many tasks the version before finds by a search in titles. */
export async function countBefore(db: Db, ownerId: string, search: string): Promise<number> {
  const count = `select count(*) from tasks where user_id = $1 and strpos(title_key, $2) > 0`
  return Number((await runTextAs(db, ownerId, count, [ownerId, keyOf(search)]))[0]?.[0])
}

/** The same by a label. */
export async function countLabelBefore(db: Db, ownerId: string, label: string): Promise<number> {
  const count = `select count(*) from tasks where user_id = $1 and label_keys @> array[$2]`
  return Number((await runTextAs(db, ownerId, count, [ownerId, keyOf(label)]))[0]?.[0])
}
