import { askGraphql, signUp, type Writer } from '../../faults/load.ts'

/** Sends the commonest operations, one after the other, over 16 connections. */
export type Mix = { send: (requests: number) => Promise<void> }

const connections = 16
const fields = 'id title completed createdAt'
const createDocument = `mutation ($title: String!) { createTask(input: { title: $title }) { task { ${fields} } } }`
const documents = [
  `{ tasks(first: 20) { nodes { ${fields} } pageInfo { hasNextPage endCursor } } }`,
  `query ($id: ID!) { task(id: $id) { ${fields} } }`,
  `{ tasks(first: 20, filter: { completed: false }) { totalCount nodes { ${fields} } } }`,
  `mutation ($id: ID!) { completeTask(input: { id: $id }) { task { ${fields} } } }`,
  'mutation ($id: ID!, $title: String!) { updateTask(input: { id: $id, title: $title }) { task { id title } } }',
  'mutation ($id: ID!) { reopenTask(input: { id: $id }) { task { id } } }',
]

type User = Writer & { ids: string[] }

/** Creates 16 accounts with 40 tasks each. */
export async function createMix(url: string): Promise<Mix> {
  const users = await Promise.all(Array.from({ length: connections }, (_, n) => createUser(url, n)))
  return {
    send: async (requests) => {
      let left = requests
      const lane = async (user: User) => {
        while (left > 0) await sendOne(user, left--)
      }
      await Promise.all(users.map(lane))
    },
  }
}

async function createUser(url: string, n: number): Promise<User> {
  const writer = await signUp(url, `user-${n}`)
  const ids: string[] = []
  for (let n = 0; n < 40; n++) {
    const { createTask } = await ask(writer, createDocument, { title: `Task ${n}` })
    ids.push(createTask.task.id)
  }
  return { ...writer, ids }
}

async function sendOne(user: User, n: number): Promise<void> {
  const id = user.ids[n % user.ids.length]
  await ask(user, documents[n % documents.length] ?? '', { id, title: `Task ${n}` })
}

/** @throws Error with the answer when it is not a success. */
async function ask(writer: Writer, document: string, variables: object) {
  const { status, body } = await askGraphql(writer, document, variables)
  const { data, errors } = JSON.parse(body)
  if (status !== 200 || errors) throw new Error(`${status} ${body}`)
  return data
}
