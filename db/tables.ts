import { type SQL, sql } from 'drizzle-orm'
import {
  type AnyPgColumn,
  bigint,
  boolean,
  customType,
  date,
  index,
  integer,
  pgEnum,
  pgTable,
  primaryKey,
  smallint,
  text,
  timestamp,
  unique,
  uuid,
} from 'drizzle-orm/pg-core'

/**
 * Text compared code point by code point, whatever the database's own locale: folded text
 * (see folding.ts) must sort and match the same on every server.
 */
const foldedText = customType<{ data: string }>({ dataType: () => 'text COLLATE "C"' })

/** Milliseconds, so that a time survives the trip through a JavaScript Date and back. */
const moment = (name: string) => timestamp(name, { withTimezone: true, precision: 3 })

/** The rank of a priority is its place in this list. */
export const taskPriority = pgEnum('task_priority', ['LOW', 'MEDIUM', 'HIGH'])

/**
 * What tasks are sorted by for their due date. Not coalesce: under row-level security Postgres
 * takes into an index only what it knows to give no row away, and neither coalesce nor the
 * comparison of an enum is among that; hence also the rank of a priority as a number.
 */
export function dueOnOr(dueOn: AnyPgColumn, absent: 'infinity' | '-infinity'): SQL {
  // Written into the SQL, not bound: a query's expression must be the index's, to the letter.
  return sql`(case when ${dueOn} is null then ${sql.raw(`'${absent}'`)} else ${dueOn} end)`
}

/**
 * One row a task. `userId` is Better Auth's `user.id`, without a foreign key: that table is not
 * ours. Every key and index begins with it, because every statement does.
 */
export const tasks = pgTable(
  'tasks',
  {
    userId: text('user_id').notNull(),
    id: uuid('id').notNull(), // UUIDv7
    title: text('title').notNull(),
    titleKey: foldedText('title_key').notNull(),
    description: text('description'),
    descriptionKey: foldedText('description_key'),
    completedAt: moment('completed_at'),
    dueOn: date('due_on', { mode: 'string' }),
    priority: taskPriority('priority').notNull(),
    priorityRank: smallint('priority_rank')
      .notNull()
      .generatedAlwaysAs(sql`case priority when 'LOW' then 0 when 'MEDIUM' then 1 else 2 end`),
    labels: text('labels').array().notNull(), // as canonical in `labels`, in the order given
    labelKeys: text('label_keys').array().notNull(), // folded
    createdAt: moment('created_at').notNull().defaultNow(),
    updatedAt: moment('updated_at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ name: 'tasks_pkey', columns: [t.userId, t.id] }),
    index('tasks_by_created_at').on(t.userId, t.createdAt, t.id),
    index('tasks_by_updated_at').on(t.userId, t.updatedAt, t.id),
    index('tasks_by_priority').on(t.userId, t.priorityRank, t.id),
    index('tasks_by_title').on(t.userId, t.titleKey, t.id),
    // A task without a due date comes last in both directions, hence one index for each.
    index('tasks_by_due_on').on(t.userId, dueOnOr(t.dueOn, 'infinity'), t.id),
    index('tasks_by_due_on_desc').on(t.userId, dueOnOr(t.dueOn, '-infinity'), t.id),
  ],
)

export type Task = typeof tasks.$inferSelect
export type TaskPriority = Task['priority']

/** The one spelling of each label of an owner: what makes "Work" and "work" the same label. */
export const labels = pgTable(
  'labels',
  {
    userId: text('user_id').notNull(),
    key: foldedText('key').notNull(),
    name: text('name').notNull(),
  },
  (t) => [primaryKey({ name: 'labels_pkey', columns: [t.userId, t.key] })],
)

/**
 * What each idempotency key of an owner has made. Outlives the task, so that a late retry makes no
 * second one, and is kept for 30 days (old-creations.ts).
 */
export const taskCreations = pgTable(
  'task_creations',
  {
    userId: text('user_id').notNull(),
    key: text('key').notNull(),
    fingerprint: text('fingerprint').notNull(), // of the input, see db/tasks.ts
    taskId: uuid('task_id').notNull(),
    createdAt: moment('created_at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ name: 'task_creations_pkey', columns: [t.userId, t.key] }),
    index('task_creations_by_created_at').on(t.createdAt),
  ],
)

/**
 * Sessions that ended a short while ago: their tokens are refused although they have not expired.
 * Better Auth's session is gone by then; of whom it was is nobody's business here.
 */
export const endedSessions = pgTable(
  'ended_sessions',
  {
    sessionId: text('session_id').primaryKey(), // the `sid` of tokens
    endedAt: moment('ended_at').notNull().defaultNow(),
  },
  (t) => [index('ended_sessions_by_ended_at').on(t.endedAt)],
)

/**
 * What a person allows an app: one row for each person and client. It decides which codes and
 * tokens are issued; see app-grants.ts.
 */
export const appGrants = pgTable(
  'app_grants',
  {
    userId: text('user_id').notNull(),
    clientId: text('client_id').notNull(),
    /** Stays until the app is disconnected. Codes and refresh tokens are bound to it. */
    id: text('id').notNull(),
    /** The claim of access tokens. Changes when they are revoked. */
    grantId: text('grant_id').notNull(),
    scopes: text('scopes').array().notNull(),
    /** Where codes may be sent, see server/oauth/places.ts. */
    places: text('places').array().notNull(),
    /** Carried over from before codes and refresh tokens were bound to a row. */
    acceptsUnbound: boolean('accepts_unbound').notNull().default(false),
    connectedAt: moment('connected_at').notNull().defaultNow(),
    lastUsedAt: moment('last_used_at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ name: 'app_grants_pkey', columns: [t.userId, t.clientId] }),
    unique('app_grants_id').on(t.id),
  ],
)

/**
 * Whose changes an instance wants to hear of, as a hash: the triggers of `tasks` announce no others,
 * because announcing makes commits wait for each other. Unlogged, and each row only a lease.
 */
export const followedOwners = pgTable(
  'followed_owners',
  {
    ownerHash: bigint('owner_hash', { mode: 'bigint' }).notNull(),
    instance: uuid('instance').notNull(),
    until: moment('until').notNull(),
  },
  (t) => [primaryKey({ name: 'followed_owners_pkey', columns: [t.ownerHash, t.instance] })],
)

/**
 * What has been spent of each limit that instances share: guesses of passwords, and points of the
 * API. The columns are those of rate-limiter-flexible, in its order. Keys are digests: they tell
 * nothing of accounts or addresses.
 */
export const rateLimits = pgTable(
  'rate_limits',
  {
    key: text('key').primaryKey(),
    points: integer('points').notNull().default(0),
    expire: bigint('expire', { mode: 'number' }), // milliseconds since 1970
  },
  (t) => [index('rate_limits_by_expire').on(t.expire)],
)
