import { GraphQLError } from 'graphql'
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

/* The schema of mercurius and apollo: as much of Taskward's as the operations need. */

export const typeDefs = `
  type Query {
    task(id: ID!): Task
    tasks(first: Int, after: String, filter: TaskFilter): TaskConnection!
  }
  type Task { id: ID!, title: String!, completed: Boolean!, createdAt: String! }
  input TaskFilter { completed: Boolean }
  type TaskConnection { nodes: [Task!]!, pageInfo: PageInfo!, totalCount: Int! }
  type PageInfo { hasNextPage: Boolean!, endCursor: String }

  type Mutation {
    createTask(input: CreateTaskInput!): TaskPayload!
    completeTask(input: CompleteTaskInput!): TaskPayload!
    updateTask(input: UpdateTaskInput!): TaskPayload!
  }
  input CreateTaskInput { title: String! }
  input CompleteTaskInput { id: ID! }
  input UpdateTaskInput { id: ID!, title: String! }
  type TaskPayload { task: Task! }
`

/** The context is `{ ownerId }`; without a valid token the owner is undefined. */
export const resolvers = {
  Query: {
    task: (_root, { id }, context) => findTask(requireOwner(context), id),
    tasks: async (_root, { first, after, filter = {} }, context) => {
      const page = await findPage(requireOwner(context), { first, after, ...filter })
      return { filter, nodes: page.rows, pageInfo: page }
    },
  },
  Task: {
    id: ({ id }) => toGlobalId(id),
    completed: ({ completed_at }) => completed_at !== null,
    createdAt: ({ created_at }) => created_at.toISOString(),
  },
  PageInfo: {
    endCursor: ({ rows }) => {
      const last = rows.at(-1)
      return last ? toCursor(last.created_at.toISOString(), last.id) : null
    },
  },
  TaskConnection: {
    totalCount: ({ filter }, _args, context) => countTasks(requireOwner(context), filter),
  },
  Mutation: {
    createTask: async (_root, { input }, context) => ({
      task: await createTask(requireOwner(context), input.title),
    }),
    completeTask: async (_root, { input }, context) => ({
      task: requireTask(await completeTask(requireOwner(context), input.id)),
    }),
    updateTask: async (_root, { input }, context) => ({
      task: requireTask(await retitleTask(requireOwner(context), input.id, input.title)),
    }),
  },
}

function requireOwner({ ownerId }) {
  if (ownerId === undefined) throw new GraphQLError('A token is required.')
  return ownerId
}

function requireTask(task) {
  if (!task) throw new GraphQLError('You have no task with this id.')
  return task
}
