import type { Client } from 'urql'
import { graphql } from '../gql/gql.ts'

// `taskId` comes first: the cache looks up what it knows of the task before `task` is written.
const TaskChangedSubscription = graphql(`
  subscription TaskChanged {
    taskChanged {
      kind
      taskId
      task {
        id
        updatedAt
        ...TaskItem
      }
    }
  }
`)

/** Writes other clients' changes to the cache, until the returned function is called. */
export function subscribeToTasks(client: Client): () => void {
  return client.subscription(TaskChangedSubscription, {}).subscribe(() => {}).unsubscribe
}
