import { useEffect, useRef } from 'react'
import { Link } from 'react-router'
import { Button } from '../ui/button.tsx'
import styles from './activity.module.css'
import { titleOf } from './change.ts'
import type { Conflict, UndoOutcome } from './undo.ts'
import { taskPath } from './view.ts'

/** Conflicts that are listed; the others are counted. */
const maxListed = 20

const reasons: Record<Conflict['reason'], string> = {
  CHANGED_SINCE: 'The task was changed again later. Undo the later change first.',
  PURGED: 'The task is deleted forever. It cannot be brought back.',
  ALREADY_UNDONE: 'This change was undone before. There is nothing to do.',
}

/** Says what could not be undone, why, and what to do. It takes the focus. */
export function UndoResult({ outcome, onClose }: { outcome: UndoOutcome; onClose: () => void }) {
  const title = useRef<HTMLHeadingElement>(null)
  useEffect(() => title.current?.focus(), [])
  const { conflicts, refusal } = outcome
  const undone = outcome.undone.length
  const others = conflicts.length - maxListed
  return (
    <section className={styles.result} aria-labelledby="undo-result">
      <h2 ref={title} tabIndex={-1} id="undo-result">
        {undone === 1 ? '1 change is undone' : `${undone} changes are undone`}
        {conflicts.length > 0 && `, ${conflicts.length} could not be`}
      </h2>
      {refusal && <p role="alert">The undo has stopped. {refusal.message}</p>}
      <ul>
        {conflicts.slice(0, maxListed).map(({ change, reason }) => (
          <li key={change.id}>
            <strong>
              <bdi>{titleOf(change)}</bdi>
            </strong>
            <p>{reasons[reason]}</p>
            {reason === 'CHANGED_SINCE' && (
              <Link to={taskPath(change.taskId)} className={styles.link}>
                All changes of this task
              </Link>
            )}
          </li>
        ))}
      </ul>
      {others > 0 && <p>And {others} more.</p>}
      <Button onClick={onClose}>Close</Button>
    </section>
  )
}
