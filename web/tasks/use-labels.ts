import { useQuery } from 'urql'
import { graphql } from '../gql/gql.ts'

const LabelsQuery = graphql(`
  query Labels {
    labels {
      name
      taskCount
    }
  }
`)

/** The labels in use, as the API orders them; none while they are not known. */
export function useLabels() {
  const [{ data }] = useQuery({ query: LabelsQuery, requestPolicy: 'cache-and-network' })
  return data?.labels ?? []
}
