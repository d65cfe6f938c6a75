import { useMemo } from 'react'
import { pastWords } from '../ui/date-words.ts'
import { LoadMore } from '../ui/load-more.tsx'
import styles from './activity.module.css'
import type { Change } from './change.ts'
import { type GroupActions, GroupLine } from './group-line.tsx'
import { findUndone, groupByDay, groupChanges } from './groups.ts'

type ActivityListProps = GroupActions & {
  /** The newest first. */
  changes: readonly Change[]
  hasOlder: boolean
  today: string
  /** Loads older changes. False: the request failed. */
  onMore: () => Promise<boolean>
}

export function ActivityList({ changes, hasOlder, today, onMore, ...actions }: ActivityListProps) {
  const days = useMemo(() => groupByDay(groupChanges(changes, hasOlder)), [changes, hasOlder])
  const undone = useMemo(() => findUndone(changes), [changes])
  return (
    <>
      {days.map(([day, groups]) => (
        <section key={day} aria-labelledby={`day-${day}`}>
          <h2 id={`day-${day}`} className={styles.day}>
            {pastWords(`${day}T12:00:00`, today)}
          </h2>
          <ul>
            {groups.map((group) => (
              <GroupLine key={group.id} group={group} undone={undone} today={today} {...actions} />
            ))}
          </ul>
        </section>
      ))}
      {hasOlder && (
        <LoadMore
          label="Show more"
          failure="The earlier changes could not be loaded."
          onLoad={onMore}
        />
      )}
    </>
  )
}
