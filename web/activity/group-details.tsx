import { useState } from 'react'
import { Link } from 'react-router'
import { Button } from '../ui/button.tsx'
import { clockTime, exactTime } from '../ui/date-words.ts'
import styles from './activity.module.css'
import { type Change, canBeUndone, titleOf } from './change.ts'
import { actorName, listDifferences } from './change-words.ts'
import type { GroupActions } from './group-line.tsx'
import type { ChangeGroup } from './groups.ts'
import { taskPath } from './view.ts'

/** Changes that are shown at once. */
const step = 50

type GroupDetailsProps = Omit<GroupActions, 'onUndo'> & {
  group: ChangeGroup
  undone: ReadonlySet<string>
  today: string
}

export function GroupDetails({
  group: { actor, changes },
  undone,
  today,
  onUndoOne,
  onUndoSince,
}: GroupDetailsProps) {
  const [shown, setShown] = useState(step)
  const oldest = changes.at(-1) ?? changes[0]
  const who = actor.kind === 'PERSON' ? 'you' : actorName(actor)
  const since = { actor, occurredAtOrAfter: oldest.occurredAt }
  return (
    <div className={styles.details}>
      <ul>
        {changes.slice(0, shown).map((change) => (
          <ChangeLine
            key={change.id}
            change={change}
            isUndone={undone.has(change.id)}
            canUndo={changes.length > 1}
            today={today}
            onUndo={onUndoOne}
          />
        ))}
      </ul>
      {changes.length > shown && (
        <Button onClick={() => setShown(shown + step)}>
          Show {Math.min(step, changes.length - shown)} more of {changes.length}
        </Button>
      )}
      <Button look="danger" onClick={() => onUndoSince(since)}>
        <span>
          Undo everything <bdi>{who}</bdi> did since {clockTime(oldest.occurredAt)}
        </span>
      </Button>
    </div>
  )
}

type ChangeLineProps = {
  change: Change
  isUndone: boolean
  /** False: the line of the group has the button. */
  canUndo: boolean
  today: string
  onUndo: (change: Change) => Promise<void>
}

function ChangeLine({ change, isUndone, canUndo, today, onUndo }: ChangeLineProps) {
  const title = titleOf(change)
  const differences = listDifferences(change, today)
  return (
    <li className={styles.change}>
      <div className={styles.words}>
        <p>
          <Link
            to={taskPath(change.taskId)}
            title="All changes of this task"
            className={styles.link}
          >
            <bdi>{title}</bdi>
          </Link>{' '}
          <time dateTime={change.occurredAt} title={exactTime(change.occurredAt)}>
            {clockTime(change.occurredAt)}
          </time>
          {isUndone && <span className={styles.undone}>Undone</span>}
        </p>
        {differences.map(({ name, from, to }) => (
          <p key={name} className={styles.soft}>
            {name}: <bdi>{from}</bdi>
            <span aria-hidden="true"> → </span>
            <span className="visually-hidden"> changed to </span>
            <bdi>{to}</bdi>
          </p>
        ))}
      </div>
      {canUndo && !isUndone && canBeUndone(change) && (
        <Button aria-label={`Undo the change of ${title}`} onClick={() => onUndo(change)}>
          Undo
        </Button>
      )}
    </li>
  )
}
