import { equal } from 'node:assert/strict'
import type { Pool } from 'pg'
import type { Answer, AnsweredTask, OperationName, Subject } from './operations.ts'
import { deepRows } from './rows.ts'

/** The right answer, read by SQL, without its cursor. Call it after the answer of a write. */
export async function findExpected(
  pool: Pool,
  name: OperationName,
  { task, title }: Subject,
  answer: Answer,
): Promise<Answer> {
  const { userId } = task
  const first = 20
  switch (name) {
    case 'Q1':
      return findPage(pool, userId, first, 0)
    case 'Q2':
      return findPage(pool, userId, first, 0, 'and completed_at is null')
    case 'D':
      return findPage(pool, userId, first, deepRows)
    default: {
      const id = name === 'M1' ? (answer.tasks[0]?.id ?? '') : task.id
      const [row] = await findTasks(pool, 'user_id = $1 and id = $2', [userId, id])
      if (!row) throw new Error('The task is not in the database.')
      if (name === 'M2') equal(row.completed, true)
      if (name === 'M1' || name === 'M3') equal(row.title, title)
      return { tasks: [row] }
    }
  }
}

async function findPage(pool: Pool, userId: string, first: number, offset: number, open = '') {
  const where = `user_id = $1 ${open} order by created_at desc, id desc offset $2 limit $3`
  const rows = await findTasks(pool, where, [userId, offset, first + 1])
  const page = { tasks: rows.slice(0, first), hasNextPage: rows.length > first }
  if (!open) return page
  const counted = await pool.query(
    `select count(*)::int as count from tasks where user_id = $1 ${open}`,
    [userId],
  )
  return { ...page, totalCount: counted.rows[0].count }
}

async function findTasks(pool: Pool, where: string, values: unknown[]): Promise<AnsweredTask[]> {
  const { rows } = await pool.query(
    `select id, title, completed_at is not null as completed, created_at as "createdAt"
     from tasks where ${where}`,
    values,
  )
  return rows.map((row) => ({ ...row, createdAt: row.createdAt.toISOString() }))
}

/** Which of these tasks the user does not own. */
export async function findForeign(pool: Pool, userId: string, tasks: AnsweredTask[]) {
  const { rows } = await pool.query(
    'select id from tasks where id = any ($1::uuid[]) and user_id <> $2',
    [tasks.map(({ id }) => id), userId],
  )
  return rows
}

/** Changes with any change of the user's tasks. */
export async function readState(pool: Pool, userId: string): Promise<string> {
  const { rows } = await pool.query(
    `select md5(string_agg(t::text, ' ' order by id)) as state from tasks t where user_id = $1`,
    [userId],
  )
  return rows[0].state
}
