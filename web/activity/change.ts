import type { ResultOf } from '@graphql-typed-document-node/core'
import { graphql } from '../gql/gql.ts'

export const RecordedChangeFragment = graphql(`
  fragment RecordedChange on TaskChange {
    id
    kind
    taskId
    occurredAt
    actor {
      id
      kind
      name
    }
    before {
      title
      description
      completedAt
      dueOn
      priority
      labels
    }
    after {
      title
      description
      completedAt
      dueOn
      priority
      labels
    }
    undoes
    undoneBy
  }
`)

/** A change in the history of the viewer. */
export type Change = ResultOf<typeof RecordedChangeFragment>

export type Actor = Change['actor']

/** What happened, in more kinds than the API has: those that people tell apart. */
export type Deed =
  | 'added'
  | 'completed'
  | 'reopened'
  | 'changed'
  | 'deleted'
  | 'restored'
  | 'purged'
  | 'undid'

const deeds = {
  CREATED: 'added',
  DELETED: 'deleted',
  RESTORED: 'restored',
  PURGED: 'purged',
} as const

export function deedOf({ kind, before, after, undoes }: Change): Deed {
  if (undoes !== null) return 'undid'
  if (kind !== 'UPDATED') return deeds[kind]
  const wasCompleted = before?.completedAt != null
  const isCompleted = after?.completedAt != null
  if (wasCompleted === isCompleted) return 'changed'
  return isCompleted ? 'completed' : 'reopened'
}

/** The title of the task at the time of the change. */
export function titleOf({ before, after }: Change): string {
  return after?.title ?? before?.title ?? ''
}

/** A task that is deleted forever cannot be brought back. */
export function canBeUndone({ kind }: Change): boolean {
  return kind !== 'PURGED'
}
