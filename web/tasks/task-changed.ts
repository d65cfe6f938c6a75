import type { Client } from 'urql'
import { graphql } from '../gql/gql.ts'

// `taskId` comes first, so that the cache reads the old task before it writes `task`.
const TaskChangedSubscription = graphql(`
  subscription TaskChanged($after: String) {
    taskChanged(after: $after) {
      cursor
      kind
      taskId
      occurredAt
      task {
        id
        updatedAt
        deletedAt
        ...TaskItem
      }
    }
  }
`)

/** Writes other clients' changes to the cache, until the returned function is called. */
export function subscribeToTasks(client: Client): () => void {
  return client.subscription(TaskChangedSubscription, {}).subscribe(() => {}).unsubscribe
}
