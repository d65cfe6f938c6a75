import type { ResultOf } from '@graphql-typed-document-node/core'
import { useQuery } from 'urql'
import { graphql } from '../gql/gql.ts'
import { useLastKnown } from './use-last-known.ts'

const LabelsQuery = graphql(`
  query Labels {
    labels {
      name
      taskCount
    }
  }
`)

const none: ResultOf<typeof LabelsQuery>['labels'] = []

/** The labels in use, as the API orders them; none while they are not known. */
export function useLabels() {
  const [{ data }] = useQuery({ query: LabelsQuery, requestPolicy: 'cache-and-network' })
  // A refresh that fails must not take away what is shown.
  return useLastKnown(data?.labels) ?? none
}
