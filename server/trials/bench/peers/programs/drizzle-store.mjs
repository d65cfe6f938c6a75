import { and, count, desc, eq, isNull, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import { pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import pg from 'pg'

/* The tasks of an owner through Drizzle's query builder, as its documents show it, for yoga. */

const time = (name) => timestamp(name, { withTimezone: true, precision: 3 })

const tasks = pgTable('tasks', {
  userId: text('user_id').notNull(),
  id: uuid('id').notNull(),
  title: text('title').notNull(),
  titleKey: text('title_key').notNull(),
  completedAt: time('completed_at'),
  priority: text('priority').notNull(),
  labels: text('labels').array().notNull(),
  labelKeys: text('label_keys').array().notNull(),
  createdAt: time('created_at').notNull().defaultNow(),
  updatedAt: time('updated_at').notNull().defaultNow(),
})

const db = drizzle(new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 }))

const isOwn = (ownerId, id) => and(eq(tasks.userId, ownerId), eq(tasks.id, id))
const isListed = (ownerId, { completed }) =>
  and(eq(tasks.userId, ownerId), completed === false ? isNull(tasks.completedAt) : undefined)

/** `after`: a pair of time and id. */
export function listTasks(ownerId, filter, limit, after) {
  const isAfter =
    after && sql`(${tasks.createdAt}, ${tasks.id}) < (${after[0]}::timestamptz, ${after[1]}::uuid)`
  return db
    .select()
    .from(tasks)
    .where(and(isListed(ownerId, filter), isAfter))
    .orderBy(desc(tasks.createdAt), desc(tasks.id))
    .limit(limit)
}

export async function countTasks(ownerId, filter) {
  const [row] = await db.select({ count: count() }).from(tasks).where(isListed(ownerId, filter))
  return row.count
}

export async function findTask(ownerId, id) {
  const [task] = await db.select().from(tasks).where(isOwn(ownerId, id))
  return task
}

export async function createTask(ownerId, title) {
  const [task] = await db
    .insert(tasks)
    .values({
      userId: ownerId,
      id: sql`uuidv7()`,
      title,
      titleKey: title.toLowerCase(),
      priority: 'MEDIUM',
      labels: [],
      labelKeys: [],
    })
    .returning()
  return task
}

export function completeTask(ownerId, id) {
  return update(ownerId, id, { completedAt: sql`coalesce(${tasks.completedAt}, now())` })
}

export function retitleTask(ownerId, id, title) {
  return update(ownerId, id, { title, titleKey: title.toLowerCase() })
}

/** Undefined: the owner has no such task. */
async function update(ownerId, id, values) {
  const [task] = await db
    .update(tasks)
    .set({ ...values, updatedAt: sql`clock_timestamp()` })
    .where(isOwn(ownerId, id))
    .returning()
  return task
}
