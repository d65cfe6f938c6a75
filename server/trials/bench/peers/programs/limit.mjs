import { createServer } from 'node:http'
import { completeTask, countTasks, createTask, findTask, listTasks, retitleTask } from './store.mjs'
import { findOwner } from './tokens.mjs'

/*
 * The limit: node:http and pg by hand, without GraphQL. It knows the operations by name and answers
 * the same JSON as a GraphQL server does.
 */

const operations = {
  Q1: async (ownerId, { first }) => ({ tasks: await listTasks(ownerId, { first }) }),
  Q2: async (ownerId, { first }) => {
    const open = { first, completed: false }
    const [page, totalCount] = await Promise.all([
      listTasks(ownerId, open),
      countTasks(ownerId, open),
    ])
    return { tasks: { totalCount, ...page } }
  },
  Q3: async (ownerId, { id }) => ({ task: await findTask(ownerId, id) }),
  M1: async (ownerId, { input }) => ({
    createTask: { task: await createTask(ownerId, input.title) },
  }),
  M2: async (ownerId, { input }) => payload('completeTask', await completeTask(ownerId, input.id)),
  M3: async (ownerId, { input }) =>
    payload('updateTask', await retitleTask(ownerId, input.id, input.title)),
  D: async (ownerId, { first, after }) => ({ tasks: await listTasks(ownerId, { first, after }) }),
}

const payload = (field, task) => (task ? { [field]: { task } } : null)

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
