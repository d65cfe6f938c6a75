import { graphql } from '../gql/gql.ts'

export const CreateTaskMutation = graphql(`
  mutation CreateTask($input: CreateTaskInput!) {
    createTask(input: $input) {
      task {
        id
        updatedAt
        ...TaskItem
      }
    }
  }
`)

export const UpdateTaskMutation = graphql(`
  mutation UpdateTask($input: UpdateTaskInput!) {
    updateTask(input: $input) {
      task {
        id
        updatedAt
        ...TaskItem
      }
    }
  }
`)

export const CompleteTaskMutation = graphql(`
  mutation CompleteTask($input: CompleteTaskInput!) {
    completeTask(input: $input) {
      task {
        id
        updatedAt
        ...TaskItem
      }
    }
  }
`)

export const ReopenTaskMutation = graphql(`
  mutation ReopenTask($input: ReopenTaskInput!) {
    reopenTask(input: $input) {
      task {
        id
        updatedAt
        ...TaskItem
      }
    }
  }
`)

export const DeleteTaskMutation = graphql(`
  mutation DeleteTask($input: DeleteTaskInput!) {
    deleteTask(input: $input) {
      deletedTaskId
    }
  }
`)

export const RestoreTaskMutation = graphql(`
  mutation RestoreTask($input: RestoreTaskInput!) {
    restoreTask(input: $input) {
      task {
        id
        updatedAt
        ...TaskItem
      }
    }
  }
`)

export const PurgeTaskMutation = graphql(`
  mutation PurgeTask($input: PurgeTaskInput!) {
    purgeTask(input: $input) {
      purgedTaskId
    }
  }
`)

export const EmptyTrashMutation = graphql(`
  mutation EmptyTrash {
    emptyTrash {
      purgedTaskIds
    }
  }
`)

export const DeleteCompletedTasksMutation = graphql(`
  mutation DeleteCompletedTasks {
    deleteCompletedTasks {
      deletedTaskIds
    }
  }
`)
