import { useRef, useState } from 'react'
import { Button, IconButton } from '../ui/button.tsx'
import { exactTime } from '../ui/date-words.ts'
import styles from './activity.module.css'
import { ActorIcon, ActorName } from './actor-label.tsx'
import type { Change } from './change.ts'
import { actorName, describeGroup, timeWords } from './change-words.ts'
import { GroupDetails } from './group-details.tsx'
import { type ChangeGroup, listUndoable } from './groups.ts'
import type { Since } from './undo-since-dialog.tsx'

export type GroupActions = {
  onUndo: (group: ChangeGroup) => Promise<void>
  onUndoOne: (change: Change) => Promise<void>
  onUndoSince: (since: Since) => void
}

type GroupLineProps = GroupActions & {
  group: ChangeGroup
  /** The ids of undone changes. */
  undone: ReadonlySet<string>
  today: string
}

/** One line of the activity: what one actor did at one time. It opens to its single changes. */
export function GroupLine({ group, undone, today, onUndo, ...actions }: GroupLineProps) {
  const line = useRef<HTMLLIElement>(null)
  const [open, setOpen] = useState(false)
  const [waiting, setWaiting] = useState(false)
  const { actor, changes } = group
  const undoable = listUndoable(group, undone)
  const undoneCount = changes.filter(({ id }) => undone.has(id)).length
  const undoIt = waiting ? 'Undoing…' : undoWords(changes.length, undoneCount)
  const what = `${actorName(actor)} ${describeGroup(group)}`

  async function undo() {
    if (waiting) return
    setWaiting(true)
    await onUndo(group)
    setWaiting(false)
    // The button leaves with what it has undone, and the focus with it.
    if (document.activeElement === document.body) line.current?.focus()
  }

  return (
    <li ref={line} tabIndex={-1} className={styles.line}>
      <ActorIcon kind={actor.kind} />
      <p className={styles.words}>
        <ActorName actor={actor} /> <bdi>{describeGroup(group)}</bdi>{' '}
        <time dateTime={changes[0].occurredAt} title={exactTime(changes[0].occurredAt)}>
          {timeWords(group)}
        </time>
        {undoneCount > 0 && (
          <span className={styles.undone}>
            {undoneCount === changes.length ? 'Undone' : `${undoneCount} undone`}
          </span>
        )}
      </p>
      <div className={styles.controls}>
        {undoable.length > 0 && (
          <Button aria-label={`${undoIt}: ${what}`} aria-busy={waiting} onClick={undo}>
            {undoIt}
          </Button>
        )}
        <IconButton
          icon="chevron"
          label={`Details of: ${what}`}
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        />
      </div>
      {open && <GroupDetails group={group} undone={undone} today={today} {...actions} />}
    </li>
  )
}

function undoWords(count: number, undone: number): string {
  if (count === 1) return 'Undo'
  return undone > 0 ? 'Undo the rest' : 'Undo all'
}
