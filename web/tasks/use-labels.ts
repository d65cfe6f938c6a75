import type { ResultOf } from '@graphql-typed-document-node/core'
import { useQuery } from 'urql'
import { graphql } from '../gql/gql.ts'
import { useLastKnown } from '../ui/use-last-known.ts'

const LabelsQuery = graphql(`
  query Labels {
    labels {
      name
      taskCount
    }
  }
`)

const none: ResultOf<typeof LabelsQuery>['labels'] = []

/** The labels in use, in the order of the API; empty while loading. */
export function useLabels() {
  const [{ data }] = useQuery({ query: LabelsQuery, requestPolicy: 'cache-and-network' })
  // A failed refetch must keep what is shown.
  return useLastKnown(data?.labels) ?? none
}
