import { connect } from '#db/client.ts'
import { findEmbedded } from '#db/embedded/embedded.ts'
import { type Attempt, askGraphql, createTask, type Writer } from './load.ts'

/** Counts of faulty tasks; all 0 if there are none. */
export type Findings = {
  /** Acknowledged, but missing or different. */
  lost: number
  /** Created more than once in spite of the idempotency key. */
  doubled: number
  /** Rows without the rows of the same transaction. */
  halves: number
}

type Read = { id: string; title: string; completed: boolean }

/** Retries what was not acknowledged, then compares all tasks with the acknowledged state. */
export async function examine(attempts: Attempt[], dataDir: string): Promise<Findings> {
  for (const attempt of attempts) if (attempt.id === undefined) await createTask(attempt)
  const found = new Map<string, Read[]>()
  for (const writer of new Set(attempts.map((attempt) => attempt.writer))) {
    for (const task of await readAll(writer)) {
      found.set(task.title, [...(found.get(task.title) ?? []), task])
    }
  }
  const isLost = ({ key, id, isCompleted }: Attempt) => {
    const task = found.get(key)?.find((task) => task.id === id)
    return !task || (isCompleted && !task.completed)
  }
  return {
    lost: attempts.filter(isLost).length,
    doubled: [...found.values()].filter((tasks) => tasks.length > 1).length,
    halves: await countHalves(dataDir),
  }
}

async function readAll(writer: Writer): Promise<Read[]> {
  const query = `query ($after: String) { tasks(first: 100, after: $after) {
    nodes { id title completed } pageInfo { hasNextPage endCursor } } }`
  const all: Read[] = []
  for (let after: string | undefined; ; ) {
    const { body } = await askGraphql(writer, query, { after })
    const { nodes, pageInfo } = JSON.parse(body).data.tasks
    all.push(...nodes)
    if (!pageInfo.hasNextPage) return all
    after = pageInfo.endCursor
  }
}

/** A task, its idempotency key and its labels are written together. */
async function countHalves(dataDir: string): Promise<number> {
  const url = await findEmbedded(dataDir)
  if (url === undefined) throw new Error('PostgreSQL is not running.')
  const { pool, close } = connect(url, { info() {}, warn() {}, error() {} })
  const { rows } = await pool.query<{ halves: number }>(
    `select (select count(*) from tasks full join task_creations on task_id = id
              where id is null or task_id is null)::int
          + (select count(*) from tasks, unnest(label_keys) borne
              where not exists (select from labels where key = borne and labels.user_id = tasks.user_id))::int
         as halves`,
  )
  await close()
  return rows[0]?.halves ?? -1
}
