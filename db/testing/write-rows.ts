import type pg from 'pg'

/** Runs SQL that writes tasks as the user who connects, with an owner and an actor. */
export async function writeRows<Row extends pg.QueryResultRow>(
  pool: pg.Pool,
  ownerId: string,
  text: string,
  values: unknown[] = [],
): Promise<pg.QueryResult<Row>> {
  const client = await pool.connect()
  try {
    await beginWriting(client, ownerId)
    const result = await client.query<Row>(text, values)
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback')
    throw error
  } finally {
    client.release()
  }
}

export async function beginWriting(client: pg.ClientBase, ownerId: string): Promise<void> {
  const actor = JSON.stringify({ kind: 'PERSON', id: ownerId, name: 'Ada' })
  await client.query('begin')
  await client.query(
    `select set_config('taskward.owner', $1, true), set_config('taskward.actor', $2, true)`,
    [ownerId, actor],
  )
}
