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

/** Brings what others change into the cache, until the returned function is called. */
export function followTasks(client: Client): () => void {
  return client.subscription(TaskChangedSubscription, {}).subscribe(() => {}).unsubscribe
}
