import { useMemo, useState } from 'react'
import { Button } from '../ui/button.tsx'
import { pastWords } from '../ui/date-words.ts'
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
      {hasOlder && <ShowMore onMore={onMore} />}
    </>
  )
}

const words = { ready: 'Show more', loading: 'Loading…', failed: 'Try again' }

function ShowMore({ onMore }: Pick<ActivityListProps, 'onMore'>) {
  const [state, setState] = useState<keyof typeof words>('ready')

  async function load() {
    if (state === 'loading') return
    setState('loading')
    setState((await onMore()) ? 'ready' : 'failed')
  }

  return (
    <div className={styles.more}>
      {state === 'failed' && <p role="alert">The earlier changes could not be loaded.</p>}
      <Button onClick={load} aria-busy={state === 'loading'}>
        {words[state]}
      </Button>
    </div>
  )
}
