import { readFileSync } from 'node:fs'
import { buildSchema, GraphQLError, graphql } from 'graphql'
import type { CreateTaskInput, TaskFilter, TaskOrder, UpdateTaskInput } from '../gql/graphql.ts'

import { createHistoryApi } from './history-api.ts'

const schema = buildSchema(readFileSync('schema/schema.graphql', 'utf8'))

export type ApiTask = ReturnType<typeof task>

/** A task as the API returns it. The `n`th was created in the `n`th minute of the day. */
export function task(n: number, changes: object = {}) {
  const at = minute(n)
  const blank = { description: null, completed: false, completedAt: null as string | null }
  const deletedAt: string | null = null
  const rest = {
    dueOn: null as string | null,
    priority: 'MEDIUM',
    labels: [] as string[],
    repeat: null as object | null,
  }
  const own = { id: `task-${n}`, title: `Task ${n}`, createdAt: at, updatedAt: at }
  return { ...blank, ...rest, ...own, deletedAt: deletedAt as string | null, ...changes }
}

/** The `n`th minute of a day, as the API writes it. */
export function minute(n: number): string {
  return new Date(Date.UTC(2026, 10, 24, 8, n)).toISOString()
}

const byTitle = (one: ApiTask, other: ApiTask) => one.title.localeCompare(other.title)
const byCreation = (one: ApiTask, other: ApiTask) => one.createdAt.localeCompare(other.createdAt)

type OperationVariables = { filter?: object; orderBy?: object; input?: object }
type ListArgs = { first?: number; after?: string; filter?: TaskFilter; orderBy?: TaskOrder }

/** An error as the API sends it. */
export function apiError(code: string, message = 'Refused.', field?: string) {
  return { message, extensions: { code, field } }
}

/**
 * Executes operations of the schema on tasks in memory. It filters by `completed` only, and sorts
 * by creation or by title.
 */
export function createTaskApi(tasks: ApiTask[] = []) {
  const history = createHistoryApi()
  const operations: { name: string; variables: OperationVariables }[] = []
  const waiting: (() => void)[] = []
  let clock = 100
  let isHeld = (_operationName: string) => false
  let refusal: object | undefined

  function list({ first = 20, after, filter, orderBy }: ListArgs) {
    const sorted = listed()
      .filter(({ completed }) => filter?.completed == null || completed === filter.completed)
      .sort(orderBy?.field === 'TITLE' ? byTitle : byCreation)
    if (orderBy?.direction !== 'ASC') sorted.reverse()
    return page(sorted, { first, after })
  }

  const listed = () => tasks.filter(({ deletedAt }) => deletedAt === null)
  const deleted = () => tasks.filter(({ deletedAt }) => deletedAt !== null)

  function page(sorted: ApiTask[], { first = 20, after }: ListArgs) {
    const start = after ? sorted.findIndex(({ id }) => id === after) + 1 : 0
    const nodes = sorted.slice(start, start + first)
    const hasNextPage = start + first < sorted.length
    const pageInfo = { hasNextPage, hasPreviousPage: start > 0, endCursor: nodes.at(-1)?.id }
    return { nodes, totalCount: sorted.length, pageInfo, changesCursor: 'cursor-0' }
  }

  function change(id: string, changes: object, inTrash = false) {
    const index = tasks.findIndex((one) => one.id === id)
    const known = tasks[index]
    if (!known || (known.deletedAt !== null) !== inTrash)
      throw new GraphQLError('No such task.', { extensions: { code: 'NOT_FOUND' } })
    clock += 1
    const changed = { ...known, ...changes, updatedAt: minute(clock) }
    tasks = tasks.with(index, changed)
    return { task: changed }
  }

  const rootValue = {
    ...history.rootValue,
    viewer: (_args: object, viewerId: string) => ({ id: viewerId }),
    tasks: list,
    task: ({ id }: { id: string }) => listed().find((one) => one.id === id) ?? null,
    labels: () => [{ name: 'home', taskCount: listed().length }],
    createTask({ input }: { input: CreateTaskInput }) {
      clock += 1
      const created = task(clock, { ...input, title: input.title.trim() })
      tasks = [...tasks, created]
      return { task: created }
    },
    updateTask({ input: { id, ifUpdatedAt, ...changes } }: { input: UpdateTaskInput }) {
      const known = tasks.find((one) => one.id === id)
      if (known?.deletedAt === null && ifUpdatedAt && ifUpdatedAt !== known.updatedAt)
        throw new GraphQLError('Changed.', { extensions: { code: 'CONFLICT' } })
      return change(String(id), changes)
    },
    completeTask: ({ input }: { input: { id: string } }) =>
      change(input.id, { completed: true, completedAt: minute(clock) }),
    reopenTask: ({ input }: { input: { id: string } }) =>
      change(input.id, { completed: false, completedAt: null }),
    trash: ({ first, after }: ListArgs) =>
      page(
        deleted().sort((one, other) => String(other.deletedAt).localeCompare(`${one.deletedAt}`)),
        { first, after },
      ),
    deleteTask({ input }: { input: { id: string } }) {
      change(input.id, { deletedAt: minute(clock) })
      return { deletedTaskId: input.id }
    },
    deleteCompletedTasks() {
      const deletedTaskIds = listed()
        .filter(({ completed }) => completed)
        .map(({ id }) => id)
      for (const id of deletedTaskIds) change(id, { deletedAt: minute(clock) })
      return { deletedTaskIds }
    },
    restoreTask: ({ input }: { input: { id: string } }) =>
      change(input.id, { deletedAt: null }, true),
    purgeTask({ input }: { input: { id: string } }) {
      tasks = tasks.filter(({ id }) => id !== input.id)
      return { purgedTaskId: input.id }
    },
    emptyTrash() {
      const purgedTaskIds = deleted().map(({ id }) => id)
      tasks = listed()
      return { purgedTaskIds }
    },
  }

  async function execute(body: string, viewerId: string): Promise<object> {
    const { query: source, variables: variableValues, operationName } = JSON.parse(body)
    operations.push({ name: operationName, variables: variableValues })
    const isRefused = refusal && source.includes('mutation')
    const result = isRefused
      ? { errors: [refusal] }
      : await graphql({ schema, source, rootValue, variableValues, contextValue: viewerId })
    if (isHeld(operationName)) await new Promise<void>((resolve) => waiting.push(resolve))
    return result
  }

  return {
    execute,
    history,
    /** The names of the operations that were sent, in order. */
    operations: () => operations.map(({ name }) => name),
    /** The variables of the latest operation of this name; undefined: it was never sent. */
    variablesOf: (name: string) => operations.findLast((one) => one.name === name)?.variables,
    /** A task as it is stored. */
    find: (id: string) => tasks.find((one) => one.id === id),
    /** Replaces what is stored, as another device would. */
    store(next: ApiTask[]) {
      tasks = next
    },
    /** Holds results back until `release`: all, or those of one operation. */
    hold(name?: string) {
      isHeld = (operationName) => name === undefined || operationName === name
    },
    release() {
      isHeld = () => false
      for (const resolve of waiting.splice(0)) resolve()
    },
    /** Answers every mutation with this error, until it is undefined. */
    refuse(error: object | undefined) {
      refusal = error
    },
  }
}
