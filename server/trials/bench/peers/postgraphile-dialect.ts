import { randomUUID } from 'node:crypto'
import type { Answer, Dialect, Fields, Subject } from './operations.ts'

/*
 * PostGraphile's schema shows the tables as they are: a client sets all columns of a new row, and
 * its clock is the time of a completion.
 */

const fields = 'id title completedAt createdAt'
const page = `nodes { ${fields} } pageInfo { hasNextPage endCursor }`
const order = 'orderBy: [CREATED_AT_DESC, ROW_ID_DESC]'
const payload = `{ task { ${fields} } }`
const update = `($input: UpdateTaskInput!) { updateTask(input: $input) ${payload} }`

export const postgraphileDialect: Dialect = {
  Q1: {
    document: `query Q1($first: Int!) { allTasks(first: $first, ${order}) { ${page} } }`,
    variables: () => ({ first: 20 }),
    read: readPage,
  },
  Q2: {
    document: `query Q2($first: Int!) {
      allTasks(first: $first, ${order}, condition: { completedAt: null }) { totalCount ${page} }
    }`,
    variables: () => ({ first: 20 }),
    read: readPage,
  },
  Q3: {
    document: `query Q3($id: ID!) { task(id: $id) { ${fields} } }`,
    variables: ({ task }) => ({ id: toNodeId(task) }),
    read: ({ task }) => ({ tasks: readTasks([task]) }),
  },
  M1: {
    document: `mutation M1($input: CreateTaskInput!) { createTask(input: $input) ${payload} }`,
    variables: ({ task: { userId }, title }) => {
      const titleKey = title.toLowerCase()
      const unset = { priority: 'MEDIUM', labels: [], labelKeys: [] }
      return { input: { task: { userId, rowId: randomUUID(), title, titleKey, ...unset } } }
    },
    read: (data) => readPayload(data.createTask),
  },
  M2: {
    document: `mutation M2${update}`,
    variables: ({ task }) => toPatch(task, { completedAt: new Date() }),
    read: (data) => readPayload(data.updateTask),
  },
  M3: {
    document: `mutation M3${update}`,
    variables: ({ task, title }) => toPatch(task, { title, titleKey: title.toLowerCase() }),
    read: (data) => readPayload(data.updateTask),
  },
  D: {
    document: `query D($first: Int!, $after: Cursor) {
      allTasks(first: $first, after: $after, ${order}) { ${page} }
    }`,
    variables: ({ after }) => ({ first: 20, after }),
    read: readPage,
  },
}

type Task = { id: string; title: string; completedAt: string | null; createdAt: string }
type Page = Omit<Answer, 'tasks'> & { nodes: Task[]; pageInfo: Omit<Answer, 'tasks'> }

function readPage(data: Fields): Answer {
  const { nodes, totalCount, pageInfo } = data.allTasks as Page
  return { tasks: readTasks(nodes), totalCount, ...pageInfo }
}

function readPayload(payload: unknown): Answer {
  return { tasks: readTasks([(payload as { task: unknown } | null)?.task]) }
}

function readTasks(tasks: unknown[]): Answer['tasks'] {
  return (tasks as Task[])
    .filter((task) => task)
    .map(({ id, title, completedAt, createdAt }) => ({
      id: JSON.parse(Buffer.from(id, 'base64').toString()).at(-1),
      title,
      completed: completedAt !== null,
      createdAt: new Date(createdAt).toISOString(),
    }))
}

function toNodeId({ userId, id }: Subject['task']): string {
  return Buffer.from(JSON.stringify(['Task', userId, id])).toString('base64')
}

function toPatch(task: Subject['task'], changes: object) {
  const taskPatch = { ...changes, updatedAt: new Date() }
  return { input: { id: toNodeId(task), taskPatch } }
}
