export type ToolOperation = {
  title: string
  document: string
}

const task = 'id title description completed completedAt dueOn priority labels createdAt updatedAt'

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
      completeTask(input: $input) { task { ${task} } }
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
} satisfies Record<string, ToolOperation>

export type ToolName = keyof typeof toolOperations
