import { graphql } from '../gql/gql.ts'

/** The values that a person edits, and which version of the task has them. */
export const TaskVersionFragment = graphql(`
  fragment TaskVersion on Task {
    id
    title
    description
    dueOn
    priority
    labels
    repeat {
      every
      unit
      weekdays
      from
    }
    updatedAt
  }
`)
