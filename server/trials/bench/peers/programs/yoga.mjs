import { createServer } from 'node:http'
import SchemaBuilder from '@pothos/core'
import RelayPlugin, { resolveCursorConnection } from '@pothos/plugin-relay'
import ScopeAuthPlugin from '@pothos/plugin-scope-auth'
import { GraphQLError } from 'graphql'
import { createYoga } from 'graphql-yoga'
import {
  completeTask,
  countTasks,
  createTask,
  findTask,
  listTasks,
  retitleTask,
} from './drizzle-store.mjs'
import { bearerToken, verify } from './tokens.mjs'

/* Yoga, Pothos and Drizzle as their documents show them. Each request verifies its token. */

const builder = new SchemaBuilder({
  plugins: [ScopeAuthPlugin, RelayPlugin],
  relay: { nodesOnConnection: true },
  scopeAuth: { authScopes: ({ ownerId }) => ({ signedIn: ownerId !== undefined }) },
})
const authScopes = { signedIn: true }

const Task = builder.node(builder.objectRef('Task'), {
  id: { resolve: ({ id }) => id },
  fields: (t) => ({
    title: t.exposeString('title', { nullable: false }),
    completed: t.boolean({ nullable: false, resolve: ({ completedAt }) => completedAt !== null }),
    createdAt: t.string({ nullable: false, resolve: ({ createdAt }) => createdAt.toISOString() }),
  }),
})

const TaskFilter = builder.inputType('TaskFilter', {
  fields: (t) => ({ completed: t.boolean() }),
})

builder.queryType({
  fields: (t) => ({
    task: t.field({
      type: Task,
      nullable: true,
      authScopes,
      args: { id: t.arg.globalID({ required: true, for: Task }) },
      resolve: (_root, { id }, { ownerId }) => findTask(ownerId, id.id),
    }),
    tasks: t.connection(
      {
        type: Task,
        authScopes,
        args: { filter: t.arg({ type: TaskFilter }) },
        resolve: async (_root, { filter, ...args }, { ownerId }) => {
          const toCursor = ({ createdAt, id }) => `${createdAt.toISOString()} ${id}`
          const read = ({ after, limit }) =>
            listTasks(ownerId, filter ?? {}, limit, after?.split(' '))
          return { filter, ...(await resolveCursorConnection({ args, toCursor }, read)) }
        },
      },
      {
        fields: (t) => ({
          totalCount: t.int({
            resolve: ({ filter }, _args, { ownerId }) => countTasks(ownerId, filter ?? {}),
          }),
        }),
      },
    ),
  }),
})

const TaskPayload = builder.objectRef('TaskPayload').implement({
  fields: (t) => ({ task: t.expose('task', { type: Task, nullable: false }) }),
})

const CreateTaskInput = builder.inputType('CreateTaskInput', {
  fields: (t) => ({ title: t.string({ required: true }) }),
})
const CompleteTaskInput = builder.inputType('CompleteTaskInput', {
  fields: (t) => ({ id: t.globalID({ required: true, for: Task }) }),
})
const UpdateTaskInput = builder.inputType('UpdateTaskInput', {
  fields: (t) => ({
    id: t.globalID({ required: true, for: Task }),
    title: t.string({ required: true }),
  }),
})

builder.mutationType({
  fields: (t) => {
    const write = (input, resolve) =>
      t.field({
        type: TaskPayload,
        nullable: false,
        authScopes,
        args: { input: t.arg({ type: input, required: true }) },
        resolve: async (_root, { input }, { ownerId }) => {
          const task = await resolve(ownerId, input)
          if (!task) throw new GraphQLError('You have no task with this id.')
          return { task }
        },
      })
    return {
      createTask: write(CreateTaskInput, (ownerId, { title }) => createTask(ownerId, title)),
      completeTask: write(CompleteTaskInput, (ownerId, { id }) => completeTask(ownerId, id.id)),
      updateTask: write(UpdateTaskInput, (ownerId, { id, title }) =>
        retitleTask(ownerId, id.id, title),
      ),
    }
  },
})

const yoga = createYoga({
  schema: builder.toSchema(),
  context: async ({ request }) => {
    const token = bearerToken(request.headers.get('authorization'))
    const claims = token && (await verify(token).catch(() => undefined))
    return { ownerId: claims?.sub }
  },
})
createServer(yoga).listen(process.env.PORT, '127.0.0.1')
