import pg from 'pg'

/*
 * The tasks of an owner, through named statements of pg: what limit, mercurius and apollo have in
 * common. The owner filter is in every WHERE.
 */

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 })

const columns = 'id, title, completed_at, created_at'
const order = 'order by created_at desc, id desc limit $2'
const afterCursor = 'and (created_at, id) < ($3::timestamptz, $4::uuid)'
const open = 'and completed_at is null'
const isOwn = 'where user_id = $1 and id = $2'

const texts = {
  page: `select ${columns} from tasks where user_id = $1 ${order}`,
  page_after: `select ${columns} from tasks where user_id = $1 ${afterCursor} ${order}`,
  open_page: `select ${columns} from tasks where user_id = $1 ${open} ${order}`,
  open_page_after: `select ${columns} from tasks where user_id = $1 ${open} ${afterCursor} ${order}`,
  count: 'select count(*)::int from tasks where user_id = $1',
  open_count: `select count(*)::int from tasks where user_id = $1 ${open}`,
  find: `select ${columns} from tasks ${isOwn}`,
  create: `insert into tasks (user_id, id, title, title_key, priority, labels, label_keys)
    values ($1, uuidv7(), $2, lower($2), 'MEDIUM', '{}', '{}') returning ${columns}`,
  complete: `update tasks set completed_at = coalesce(completed_at, now()),
    updated_at = clock_timestamp() ${isOwn} returning ${columns}`,
  retitle: `update tasks set title = $3, title_key = lower($3), updated_at = clock_timestamp()
    ${isOwn} returning ${columns}`,
}

async function run(name, values) {
  const { rows } = await pool.query({ name, text: texts[name], values })
  return rows
}

/** `completed`: false for open tasks only. */
export async function findPage(ownerId, { first = 20, after, completed }) {
  const name = `${completed === false ? 'open_page' : 'page'}${after ? '_after' : ''}`
  const rows = await run(name, [ownerId, first + 1, ...(after ? decodeCursor(after) : [])])
  return { rows: rows.slice(0, first), hasNextPage: rows.length > first }
}

export async function countTasks(ownerId, { completed }) {
  const [row] = await run(completed === false ? 'open_count' : 'count', [ownerId])
  return row.count
}

/** Undefined: the owner has no such task. */
export const findTask = (ownerId, id) => runOnOne('find', ownerId, id)
export const completeTask = (ownerId, id) => runOnOne('complete', ownerId, id)
export const retitleTask = (ownerId, id, title) => runOnOne('retitle', ownerId, id, title)

export async function createTask(ownerId, title) {
  const [row] = await run('create', [ownerId, title])
  return row
}

export const toGlobalId = (id) => Buffer.from(`Task:${id}`).toString('base64')
const globalId = /^Task:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/

async function runOnOne(name, ownerId, id, ...values) {
  const [, uuid] = globalId.exec(Buffer.from(id, 'base64').toString()) ?? []
  const [row] = uuid ? await run(name, [ownerId, uuid, ...values]) : []
  return row
}

/** `createdAt`: as ISO 8601. */
export function toCursor(createdAt, id) {
  return Buffer.from(`${createdAt} ${id}`).toString('base64url')
}

function decodeCursor(cursor) {
  return Buffer.from(cursor, 'base64url').toString().split(' ')
}
