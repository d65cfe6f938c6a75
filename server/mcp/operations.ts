export type ToolOperation = {
  title: string
  document: string
}

const repeat = 'repeat { every unit weekdays from }'

const task = `id title description completed completedAt dueOn priority labels ${repeat} createdAt updatedAt`

const state = `title description completedAt dueOn priority labels ${repeat} deletedAt`

/**
 * The tools of assistants: operations that any client can send to /graphql. tools.ts derives
 * descriptions, arguments, scopes and annotations from them.
 */
export const toolOperations = {
  list_tasks: {
    title: 'List tasks',
    document: `query ListTasks(
      $filter: TaskFilter, $orderBy: TaskOrder, $first: Int, $after: String
    ) {
      tasks(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
        totalCount
        nodes { ${task} }
        pageInfo { hasNextPage endCursor }
      }
    }`,
  },
  find_task: {
    title: 'Find a task',
    document: `query FindTask($id: ID!) { task(id: $id) { ${task} } }`,
  },
  list_labels: {
    title: 'List labels',
    document: 'query ListLabels { labels { name taskCount } }',
  },
  create_task: {
    title: 'Create a task',
    document: `mutation CreateTask($input: CreateTaskInput!) {
      createTask(input: $input) { task { ${task} } }
    }`,
  },
  update_task: {
    title: 'Change a task',
    document: `mutation UpdateTask($input: UpdateTaskInput!) {
      updateTask(input: $input) { task { ${task} } }
    }`,
  },
  complete_task: {
    title: 'Complete a task',
    document: `mutation CompleteTask($input: CompleteTaskInput!) {
      completeTask(input: $input) { task { ${task} } next { ${task} } }
    }`,
  },
  reopen_task: {
    title: 'Reopen a task',
    document: `mutation ReopenTask($input: ReopenTaskInput!) {
      reopenTask(input: $input) { task { ${task} } }
    }`,
  },
  delete_task: {
    title: 'Delete a task',
    document: `mutation DeleteTask($input: DeleteTaskInput!) {
      deleteTask(input: $input) { deletedTaskId }
    }`,
  },
  list_trash: {
    title: 'List the trash',
    document: `query ListTrash($first: Int, $after: String) {
      trash(first: $first, after: $after) {
        totalCount
        nodes { ${task} deletedAt }
        pageInfo { hasNextPage endCursor }
      }
    }`,
  },
  restore_task: {
    title: 'Take a task out of the trash',
    document: `mutation RestoreTask($input: RestoreTaskInput!) {
      restoreTask(input: $input) { task { ${task} } }
    }`,
  },
  list_changes: {
    title: 'List changes',
    document: `query ListChanges(
      $filter: TaskChangeFilter, $first: Int, $after: String, $last: Int, $before: String
    ) {
      taskChanges(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
        nodes {
          id kind taskId occurredAt undoes undoneBy
          actor { id kind name }
          before { ${state} }
          after { ${state} }
        }
        pageInfo { hasNextPage endCursor hasPreviousPage startCursor }
      }
    }`,
  },
} satisfies Record<string, ToolOperation>

export type ToolName = keyof typeof toolOperations
