import type { Pool } from 'pg'
import { findDeepCursor } from './ask.ts'
import type { BenchDatabase } from './database.ts'
import type { OperationName, Subject } from './operations.ts'
import { bigUserCount, deepRows, userIds } from './rows.ts'
import type { Server } from './servers.ts'

/** What each operation is sent about, in turn. */
export type Subjects = Record<OperationName, Subject[]>

const bigUsers = userIds.slice(0, bigUserCount)

/** Open tasks of the users with short lists, in random order: the same ones for every server. */
export async function listOpenTasks(pool: Pool, count: number): Promise<Subject[]> {
  const { rows } = await pool.query(
    `select user_id as "userId", id from tasks
     where completed_at is null and user_id <> all ($1) order by md5(id::text) limit $2`,
    [bigUsers, count],
  )
  return rows.map((task, n) => ({ task, title: `Write ${n}` }))
}

/** Adds the deep pages, whose cursors are those of the server. */
export async function addDeepPages(
  { pool, tokens }: BenchDatabase,
  server: Server,
  open: Subject[],
): Promise<Subjects> {
  const deep: Subject[] = []
  for (const userId of bigUsers) {
    const { rows } = await pool.query(
      'select user_id as "userId", id from tasks where user_id = $1 limit 1',
      [userId],
    )
    const subject = { task: rows[0], title: '' }
    const after = await findDeepCursor(server, subject, tokens.get(userId) ?? '', deepRows)
    deep.push({ ...subject, after })
  }
  return { Q1: open, Q2: open, Q3: open, M1: open, M2: open, M3: open, D: deep }
}
