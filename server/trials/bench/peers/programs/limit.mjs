import { createServer } from 'node:http'
import pg from 'pg'
import {
  completeTask,
  countTasks,
  createTask,
  findPage,
  findTask,
  retitleTask,
  toCursor,
  toGlobalId,
} from './store.mjs'
import { findOwner } from './tokens.mjs'

/*
 * The limit: node:http and pg by hand, without GraphQL. It knows the operations by name and answers
 * the same JSON as a GraphQL server does.
 */

pg.types.setTypeParser(pg.types.builtins.TIMESTAMPTZ, (text) => text)

const operations = {
  Q1: async (ownerId, { first }) => ({ tasks: toPage(await findPage(ownerId, { first })) }),
  Q2: async (ownerId, { first }) => {
    const open = { first, completed: false }
    const [page, totalCount] = await Promise.all([
      findPage(ownerId, open),
      countTasks(ownerId, open),
    ])
    return { tasks: { totalCount, ...toPage(page) } }
  },
  Q3: async (ownerId, { id }) => ({ task: toTask(await findTask(ownerId, id)) }),
  M1: async (ownerId, { input }) => ({
    createTask: { task: toTask(await createTask(ownerId, input.title)) },
  }),
  M2: async (ownerId, { input }) => {
    const row = await completeTask(ownerId, input.id)
    return row ? { completeTask: { task: toTask(row) } } : null
  },
  M3: async (ownerId, { input }) => {
    const row = await retitleTask(ownerId, input.id, input.title)
    return row ? { updateTask: { task: toTask(row) } } : null
  },
  D: async (ownerId, { first, after }) => ({
    tasks: toPage(await findPage(ownerId, { first, after })),
  }),
}

function toPage({ rows, hasNextPage }) {
  const last = rows.at(-1)
  const endCursor = last ? toCursor(toIso(last.created_at), last.id) : null
  return { nodes: rows.map(toTask), pageInfo: { hasNextPage, endCursor } }
}

function toTask(row) {
  if (!row) return null
  const { id, title, completed_at, created_at } = row
  const completed = completed_at !== null
  return { id: toGlobalId(id), title, completed, createdAt: toIso(created_at) }
}

/** From the text of Postgres, which leaves out zeros at the end: 2026-01-31 23:59:59.9+00. */
function toIso(text) {
  const isFull = text.length === '2026-01-31 23:59:59.999+00'.length
  return isFull ? `${text.slice(0, 10)}T${text.slice(11, 23)}Z` : new Date(text).toISOString()
}

createServer((request, response) => {
  let body = ''
  request.setEncoding('utf8')
  request.on('data', (text) => {
    body += text
  })
  request.on('end', () => {
    answer(request, body).then(
      (data) => send(response, data === undefined ? 401 : 200, { data }),
      () => send(response, 400, { data: null }),
    )
  })
}).listen(process.env.PORT, '127.0.0.1')

/** Undefined: the request has no valid token. */
async function answer(request, body) {
  const ownerId = await findOwner(request.headers.authorization)
  if (ownerId === undefined) return undefined
  const { operationName, variables } = JSON.parse(body)
  return operations[operationName](ownerId, variables)
}

function send(response, status, answer) {
  const text = JSON.stringify(answer)
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(text),
  })
  response.end(text)
}
