import { useId, useState } from 'react'
import { Button } from '../ui/button.tsx'
import styles from './activity.module.css'
import type { Actor, Change } from './change.ts'
import { actorName } from './change-words.ts'
import type { Since } from './undo-since-dialog.tsx'
import { type ActivityView, type Period, periods, startOf } from './view.ts'

type ActivityFiltersProps = {
  view: ActivityView
  changes: readonly Change[] | undefined
  today: string
  onChange: (change: Partial<ActivityView>) => void
  onUndoSince: (since: Since) => void
}

export function ActivityFilters(props: ActivityFiltersProps) {
  const { view, changes = [], today, onChange, onUndoSince } = props
  const id = useId()
  const actors = useSeenActors(changes)
  const chosen = actors.find((actor) => actor.id === view.actor)
  return (
    <div className={styles.filters}>
      <label htmlFor={`${id}-who`} className={styles.filter}>
        Who
        <select
          id={`${id}-who`}
          value={view.actor}
          onChange={({ target }) => onChange({ actor: target.value })}
        >
          <option value="">Everyone</option>
          {view.actor && !chosen && <option value={view.actor}>The chosen program</option>}
          {actors.map((actor) => (
            <option key={actor.id} value={actor.id}>
              {actorName(actor)}
            </option>
          ))}
        </select>
      </label>
      <label htmlFor={`${id}-when`} className={styles.filter}>
        When
        <select
          id={`${id}-when`}
          value={view.period}
          onChange={({ target }) => onChange({ period: target.value as Period })}
        >
          {Object.entries(periods).map(([period, { name }]) => (
            <option key={period} value={period}>
              {name}
            </option>
          ))}
        </select>
      </label>
      {chosen && changes.length > 0 && (
        <Button
          look="danger"
          onClick={() =>
            onUndoSince({ actor: chosen, occurredAtOrAfter: startOf(view.period, today) })
          }
        >
          Undo everything shown
        </Button>
      )}
    </div>
  )
}

/** The actors of all changes that were shown. */
function useSeenActors(changes: readonly Change[]): Actor[] {
  const [seen, setSeen] = useState<Actor[]>([])
  const known = new Map(seen.map((actor) => [actor.id, actor]))
  for (const { actor } of changes) if (!known.has(actor.id)) known.set(actor.id, actor)
  if (known.size > seen.length) setSeen([...known.values()])
  return seen
}
