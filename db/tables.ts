import { isNotNull, type SQL, sql } from 'drizzle-orm'
import {
  type AnyPgColumn,
  bigint,
  boolean,
  customType,
  date,
  index,
  integer,
  json,
  pgEnum,
  pgTable,
  primaryKey,
  smallint,
  text,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { toIsoTime } from './times.ts'

/**
 * Text that is compared by code point, independent of the locale of the database: keys and
 * case-folded text (folding.ts) must sort and match the same on every server.
 */
const foldedText = customType<{ data: string }>({ dataType: () => 'text COLLATE "C"' })

/**
 * A time as text, such as 2026-11-24T09:30:00.000Z. Precision of milliseconds, like a JavaScript
 * Date: a time is the same when it is written back.
 */
const moment = customType<{ data: string; driverData: string }>({
  dataType: () => 'timestamp (3) with time zone',
  fromDriver: toIsoTime,
})

/** JSON that is compared as a value: the order of its keys does not matter. */
const repetition = customType<{ data: StoredRepeat; driverData: unknown }>({
  dataType: () => 'jsonb',
  toDriver: (repeat) => JSON.stringify(repeat),
  fromDriver: (json) => (typeof json === 'string' ? JSON.parse(json) : json) as StoredRepeat,
})

export const weekdays = [
  'MONDAY',
  'TUESDAY',
  'WEDNESDAY',
  'THURSDAY',
  'FRIDAY',
  'SATURDAY',
  'SUNDAY',
] as const

/** How a task repeats. */
export type TaskRepeat = {
  every: number // 1 to 999
  unit: 'DAY' | 'WEEK' | 'MONTH' | 'YEAR'
  /** With WEEK only: at least one, from Monday on. */
  weekdays?: (typeof weekdays)[number][]
  from: 'DUE_DATE' | 'COMPLETION'
}

/** `day`: the day of the month that months and years aim at, where the due date is on another one. */
export type StoredRepeat = TaskRepeat & { day?: number }

/** The rank of a priority is its index in this list. */
export const taskPriority = pgEnum('task_priority', ['LOW', 'MEDIUM', 'HIGH'])

/**
 * The expression that sorts tasks by due date. Not coalesce: under row-level security, Postgres uses
 * an index only with leakproof operators. Neither coalesce nor the comparison of an enum is
 * leakproof. For the same reason priority has a rank as a number.
 */
export function dueOnOr(dueOn: AnyPgColumn, absent: 'infinity' | '-infinity'): SQL {
  // Written into the SQL, not bound: the expression must equal the expression of the index.
  return sql`(case when ${dueOn} is null then ${sql.raw(`'${absent}'`)} else ${dueOn} end)`
}

/**
 * One row per task. `userId` is `user.id` of Better Auth, without a foreign key: Better Auth owns
 * that table. Every key and index begins with `userId`, because every statement filters by it.
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
    labels: text('labels').array().notNull(), // in the canonical spelling of `labels`, in the order given
    labelKeys: text('label_keys').array().notNull(),
    // The case-folded texts where they differ from the keys, else null. A trigger sets them (migration 0010).
    foldedTitle: foldedText('folded_title'),
    foldedDescription: foldedText('folded_description'),
    foldedLabels: text('folded_labels').array(), // without duplicates
    createdAt: moment('created_at').notNull().default(sql`now()`),
    updatedAt: moment('updated_at').notNull().default(sql`now()`),
    /** When the task moved to the trash. Null: it is not there. Only `trash` lists it then (own-tasks.ts). */
    deletedAt: moment('deleted_at'),
    /** Null: the task does not repeat. */
    repeat: repetition('repeat'),
    /** The task whose completion has made this one (migration 0024). Null: it was created. */
    follows: uuid('follows'),
  },
  (t) => [
    primaryKey({ name: 'tasks_pkey', columns: [t.userId, t.id] }),
    index('tasks_by_created_at').on(t.userId, t.createdAt, t.id),
    index('tasks_by_updated_at').on(t.userId, t.updatedAt, t.id),
    index('tasks_by_priority').on(t.userId, t.priorityRank, t.id),
    index('tasks_by_title').on(t.userId, t.titleKey, t.id),
    // A task without a due date comes last in both directions, so each direction has an index.
    index('tasks_by_due_on').on(t.userId, dueOnOr(t.dueOn, 'infinity'), t.id),
    index('tasks_by_due_on_desc').on(t.userId, dueOnOr(t.dueOn, '-infinity'), t.id),
    // A task has at most one next task, also in the trash.
    uniqueIndex('tasks_by_follows').on(t.userId, t.follows).where(isNotNull(t.follows)),
    index('tasks_by_deleted_at').on(t.userId, t.deletedAt, t.id).where(isNotNull(t.deletedAt)),
  ],
)

export type Task = typeof tasks.$inferSelect
export type TaskPriority = Task['priority']

/**
 * Where the history of an owner stands. Only triggers of `tasks` write it (migration 0013), under the
 * lock of the owner (owner-lock.ts). So the row changes in the order of the commits.
 */
export const taskHistories = pgTable('task_histories', {
  userId: text('user_id').primaryKey(),
  /** Of the last change. */
  position: bigint('position', { mode: 'number' }).notNull(),
  /** Changes up to this position were deleted, because they were old. */
  keptAfter: bigint('kept_after', { mode: 'number' }).notNull().default(0),
  /** No change that is kept is older. Null: none is kept. */
  keptSince: moment('kept_since'),
  /** No task of the trash came there before this time. Null: the trash is empty. */
  trashSince: moment('trash_since'),
})

/** The values of a task in the history, and no derived column. Times are in ISO 8601, with an offset. */
export type TaskState = {
  title: string
  description: string | null
  completedAt: string | null
  dueOn: string | null
  priority: TaskPriority
  labels: string[]
  deletedAt: string | null
  /** Left out if the task does not repeat. */
  repeat?: StoredRepeat | null | undefined
}

/**
 * The history: one row per change of a task. Only triggers of `tasks` insert rows (migration 0013);
 * the role of requests may read them. Positions of an owner are 1, 2, 3 … in the order of the commits:
 * a reader who sees one has seen all before it.
 */
export const taskChanges = pgTable(
  'task_changes',
  {
    userId: text('user_id').notNull(),
    position: bigint('position', { mode: 'number' }).notNull(),
    taskId: uuid('task_id').notNull(),
    kind: text('kind', { enum: ['CREATED', 'UPDATED', 'DELETED', 'RESTORED', 'PURGED'] }).notNull(),
    occurredAt: moment('occurred_at').notNull(),
    actorKind: text('actor_kind', { enum: ['PERSON', 'ACCESS_TOKEN', 'APP'] }).notNull(),
    actorId: text('actor_id').notNull(),
    actorName: text('actor_name').notNull(),
    before: json('before').$type<TaskState>(), // null for CREATED
    after: json('after').$type<TaskState>(), // null for PURGED
    /** The position of the change that this one took back: the setting `taskward.undoes`. */
    undoes: bigint('undoes', { mode: 'number' }),
  },
  (t) => [
    primaryKey({ name: 'task_changes_pkey', columns: [t.userId, t.position] }),
    // Few changes take another one back, so the others cost no entry.
    index('task_changes_by_undoes').on(t.userId, t.undoes).where(isNotNull(t.undoes)),
  ],
)

export type TaskChangeRow = typeof taskChanges.$inferSelect

/**
 * The brake of each token and app: how many tasks it may move to the trash within an hour, and how many
 * changes it may make. The trigger brake_actor of `task_changes` counts (migration 0018); brake.ts does
 * the rest. An actor without a row has the default limits.
 */
export const actorBrakes = pgTable(
  'actor_brakes',
  {
    userId: text('user_id').notNull(),
    actorKind: text('actor_kind', { enum: ['ACCESS_TOKEN', 'APP'] }).notNull(),
    actorId: text('actor_id').notNull(),
    maxDeletions: integer('max_deletions').notNull().default(50),
    maxChanges: integer('max_changes').notNull().default(1000),
    // Of the changes after the position `countedAfter`, of which some may be older than an hour.
    deletions: integer('deletions').notNull().default(0),
    changes: integer('changes').notNull().default(0),
    countedAfter: bigint('counted_after', { mode: 'number' }).notNull().default(0),
    /** Of the last change. */
    changedAt: moment('changed_at'),
    /** Until the person decides, the actor only reads. Null: it is not paused. */
    pausedAt: moment('paused_at'),
    pauseReason: text('pause_reason', { enum: ['DELETIONS', 'CHANGES'] }),
    /** What the actor was called when it was paused. */
    pausedName: text('paused_name'),
    /** When the person let it go on. */
    resumedAt: moment('resumed_at'),
  },
  (t) => [primaryKey({ name: 'actor_brakes_pkey', columns: [t.userId, t.actorKind, t.actorId] })],
)

/**
 * How many tasks an owner has: the open ones of each priority, then the completed ones, in the order
 * of the ranks. Triggers on `tasks` keep the six numbers (migration 0008). An owner without a row is
 * not counted yet (task-counts.ts).
 */
export const taskCounts = pgTable('task_counts', {
  userId: text('user_id').primaryKey(),
  counts: integer('counts').array().notNull(),
  /** Mixed into the grams of the owner's tasks (task_grams). Null: triggers keep no grams. */
  searchKey: integer('search_key'),
  /** Every task has its grams, so a search may use them. */
  isSearchable: boolean('is_searchable').notNull().default(false),
  /** Every task has its case-folded texts (task-folds.ts). */
  isFolded: boolean('is_folded').notNull().default(false),
})

/**
 * For owners with many tasks: each three bytes of the texts of a task (migration 0009). Searches find
 * candidates by them, through a function that runs as the owner of the table and filters by
 * `taskward.owner`. The key begins with the id, so that Postgres uses no other index than that of
 * grams for a search.
 */
export const taskGrams = pgTable(
  'task_grams',
  {
    id: uuid('id').notNull(),
    userId: text('user_id').notNull(),
    grams: integer('grams').array().notNull(),
  },
  (t) => [
    primaryKey({ name: 'task_grams_pkey', columns: [t.id, t.userId] }),
    // A short list of pending entries: every search reads all of it. In kB.
    index('task_grams_by_gram').using('gin', t.grams).with({ gin_pending_list_limit: 256 }),
  ],
)

/**
 * The canonical spelling of each label of an owner: the row whose key is the case-folded label. It
 * makes "Work" and "work" one label. A row with another key is for the previous version.
 */
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
 * The task that each idempotency key of an owner created. A row outlives its task, so that a late
 * retry creates no second task. It is kept for 30 days (old-creations.ts).
 */
export const taskCreations = pgTable(
  'task_creations',
  {
    userId: text('user_id').notNull(),
    key: text('key').notNull(),
    fingerprint: text('fingerprint').notNull(), // of the input, see db/tasks.ts
    taskId: uuid('task_id').notNull(),
    createdAt: moment('created_at').notNull().default(sql`now()`),
  },
  (t) => [
    primaryKey({ name: 'task_creations_pkey', columns: [t.userId, t.key] }),
    index('task_creations_by_created_at').on(t.createdAt),
  ],
)

/**
 * Sessions that ended recently. Their tokens are refused although they have not expired. Better Auth
 * has deleted the session by then, and this table does not store whose it was.
 */
export const endedSessions = pgTable(
  'ended_sessions',
  {
    sessionId: text('session_id').primaryKey(), // the `sid` of tokens
    endedAt: moment('ended_at').notNull().default(sql`now()`),
  },
  (t) => [index('ended_sessions_by_ended_at').on(t.endedAt)],
)

/**
 * What a user allows an app: one row per user and client. It decides which codes and tokens are
 * issued (app-grants.ts).
 */
export const appGrants = pgTable(
  'app_grants',
  {
    userId: text('user_id').notNull(),
    clientId: text('client_id').notNull(),
    /** Stays the same until the app is disconnected. Codes and refresh tokens are bound to it. */
    id: text('id').notNull(),
    /** The `grant_id` claim of access tokens. Changes when they are revoked. */
    grantId: text('grant_id').notNull(),
    scopes: text('scopes').array().notNull(),
    /** Where codes may be sent, see server/oauth/places.ts. */
    places: text('places').array().notNull(),
    /** True: the grant is older than the binding of codes and refresh tokens to a row. */
    acceptsUnbound: boolean('accepts_unbound').notNull().default(false),
    connectedAt: moment('connected_at').notNull().default(sql`now()`),
    lastUsedAt: moment('last_used_at').notNull().default(sql`now()`),
  },
  (t) => [
    primaryKey({ name: 'app_grants_pkey', columns: [t.userId, t.clientId] }),
    unique('app_grants_id').on(t.id),
  ],
)

/**
 * The owners whose changes an instance subscribes to, as hashes. The triggers of `tasks` notify only
 * of these, because NOTIFY makes commits wait for each other. The table is unlogged; each row is a
 * lease.
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
 * Counters of the rate limits that instances share: failed sign-ins, and points of the API. The
 * columns and their order are those of rate-limiter-flexible. Keys are digests, so they reveal no
 * account and no address.
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
