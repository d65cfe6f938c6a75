import type { ResultOf } from '@graphql-typed-document-node/core'
import { useState } from 'react'
import { useClient } from 'urql'
import { graphql } from '../gql/gql.ts'
import { announce } from '../ui/announcer.tsx'
import { useToday } from '../ui/use-today.ts'
import { MoreTasks } from './more-tasks.tsx'
import { PurgeDialog } from './purge-dialog.tsx'
import listStyles from './task-list.module.css'
import { TrashItem } from './trash-item.tsx'

/** Tasks of one page. */
export const trashPageSize = 50

export const TrashQuery = graphql(`
  query Trash($first: Int!, $after: String) {
    trash(first: $first, after: $after) {
      nodes {
        id
        ...TrashItem
      }
      totalCount
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`)

type TrashListProps = {
  trash: ResultOf<typeof TrashQuery>['trash']
  busy: boolean
}

export function TrashList({ trash, busy }: TrashListProps) {
  const client = useClient()
  const today = useToday()
  const [asked, setAsked] = useState<{ id: string; title: string }>()
  const { hasNextPage, endCursor } = trash.pageInfo

  /** The cache appends the page to the list. False: the request failed. */
  async function loadAfter(after: string) {
    const page = await client.query(TrashQuery, { first: trashPageSize, after }).toPromise()
    if (page.data) announce(`${page.data.trash.nodes.length} more tasks loaded.`)
    return !page.error
  }

  return (
    <div className={listStyles.list} aria-busy={busy}>
      <ul aria-label="Tasks in the trash">
        {trash.nodes.map((task) => (
          <TrashItem key={task.id} task={task} today={today} onPurge={setAsked} />
        ))}
      </ul>
      {hasNextPage && endCursor && (
        <MoreTasks key={endCursor} onLoad={() => loadAfter(endCursor)} />
      )}
      {asked && <PurgeDialog task={asked} onClose={() => setAsked(undefined)} />}
    </div>
  )
}
