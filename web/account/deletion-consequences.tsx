import { use } from 'react'
import { useQuery } from 'urql'
import { graphql } from '../gql/gql.ts'
import type { ProgramCounts } from './programs.ts'
import styles from './settings.module.css'

const DeletionConsequencesQuery = graphql(`
  query DeletionConsequences {
    tasks(first: 1) {
      totalCount
    }
    trash(first: 1) {
      totalCount
    }
  }
`)

/** What is deleted with the account, in numbers as far as they are known. */
export function DeletionConsequences({ counting }: { counting: Promise<ProgramCounts> }) {
  const { tokens, apps } = use(counting)
  const [{ data }] = useQuery({
    query: DeletionConsequencesQuery,
    requestPolicy: 'network-only',
  })
  return (
    <ul className={styles.consequences}>
      <li>{describeTasks(data?.tasks.totalCount, data?.trash.totalCount)}</li>
      {tokens !== 0 && <li>{describeTokens(tokens)}</li>}
      {apps !== 0 && <li>{describeApps(apps)}</li>}
      <li>Your name, your e-mail address and the history of your tasks.</li>
    </ul>
  )
}

function describeTasks(listed: number | undefined, deleted: number | undefined): string {
  if (listed === undefined || deleted === undefined) return 'All your tasks, also in the trash.'
  const tasks = listed === 1 ? '1 task' : `${listed} tasks`
  return deleted === 0 ? `${tasks}.` : `${tasks}, and ${deleted} in the trash.`
}

function describeTokens(count: number | undefined): string {
  if (count === undefined) return 'All access tokens: programs that use them are refused.'
  return count === 1
    ? '1 access token: programs that use it are refused.'
    : `${count} access tokens: programs that use them are refused.`
}

function describeApps(count: number | undefined): string {
  if (count === undefined) return 'All connections to apps.'
  return count === 1 ? 'The connection to 1 app.' : `The connections to ${count} apps.`
}
