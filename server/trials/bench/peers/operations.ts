import type { Task } from './database.ts'

export const operationNames = ['Q1', 'Q2', 'Q3', 'M1', 'M2', 'M3', 'D'] as const
export type OperationName = (typeof operationNames)[number]

/** What an operation is about. `after`: the cursor of the page, for D. */
export type Subject = { task: Task; title: string; after?: string }

/** An answer in a form in which the answers of all servers are equal. Undefined: not selected. */
export type Answer = {
  tasks: AnsweredTask[]
  hasNextPage?: boolean
  endCursor?: string
  totalCount?: number
}
export type AnsweredTask = { id: string; title: string; completed: boolean; createdAt: string }

export type Operation = {
  document: string
  variables: (subject: Subject) => Record<string, unknown>
  /** `data` is that of an answer without errors. */
  read: (data: Fields) => Answer
}
export type Fields = Record<string, unknown>

/** How a server wants to be asked for the seven operations. */
export type Dialect = Record<OperationName, Operation>

const fields = 'id title completed createdAt'
const page = `nodes { ${fields} } pageInfo { hasNextPage endCursor }`
const taskId = ({ task }: Subject) => Buffer.from(`Task:${task.id}`).toString('base64')

/** The documents of Taskward's schema. */
export const taskDialect: Dialect = {
  Q1: {
    document: `query Q1($first: Int!) { tasks(first: $first) { ${page} } }`,
    variables: () => ({ first: 20 }),
    read: readPage,
  },
  Q2: {
    document: `query Q2($first: Int!) {
      tasks(first: $first, filter: { completed: false }) { totalCount ${page} }
    }`,
    variables: () => ({ first: 20 }),
    read: readPage,
  },
  Q3: {
    document: `query Q3($id: ID!) { task(id: $id) { ${fields} } }`,
    variables: (subject) => ({ id: taskId(subject) }),
    read: (data) => ({ tasks: readTasks([data.task]) }),
  },
  M1: {
    document: `mutation M1($input: CreateTaskInput!) { createTask(input: $input) { task { ${fields} } } }`,
    variables: ({ title }) => ({ input: { title } }),
    read: (data) => readPayload(data.createTask),
  },
  M2: {
    document: `mutation M2($input: CompleteTaskInput!) {
      completeTask(input: $input) { task { ${fields} } }
    }`,
    variables: (subject) => ({ input: { id: taskId(subject) } }),
    read: (data) => readPayload(data.completeTask),
  },
  M3: {
    document: `mutation M3($input: UpdateTaskInput!) { updateTask(input: $input) { task { ${fields} } } }`,
    variables: (subject) => ({ input: { id: taskId(subject), title: subject.title } }),
    read: (data) => readPayload(data.updateTask),
  },
  D: {
    document: `query D($first: Int!, $after: String) { tasks(first: $first, after: $after) { ${page} } }`,
    variables: ({ after }) => ({ first: 20, after }),
    read: readPage,
  },
}

type Page = {
  nodes: AnsweredTask[]
  totalCount?: number
  pageInfo: { hasNextPage: boolean; endCursor: string }
}

function readPage(data: Fields): Answer {
  const { nodes, totalCount, pageInfo } = data.tasks as Page
  return { tasks: readTasks(nodes), totalCount, ...pageInfo }
}

function readPayload(payload: unknown): Answer {
  return { tasks: readTasks([(payload as { task: unknown } | null)?.task]) }
}

/** With the ids of the rows. Null is left out. */
function readTasks(tasks: unknown[]): AnsweredTask[] {
  return (tasks as AnsweredTask[])
    .filter((task) => task)
    .map((task) => ({
      ...task,
      id: Buffer.from(task.id, 'base64').toString().slice('Task:'.length),
    }))
}
