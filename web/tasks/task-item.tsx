import { memo, Suspense, useRef, useState } from 'react'
import { type FragmentType, readFragment } from '../gql/fragment-masking.ts'
import { graphql } from '../gql/gql.ts'
import { IconButton } from '../ui/button.tsx'
import { classNames } from '../ui/class-names.ts'
import { exactTime, pastWords } from '../ui/date-words.ts'
import { lazyAhead } from '../ui/lazy-ahead.ts'
import { useFocusHandover } from '../ui/use-focus-handover.ts'
import { useTaskActions } from './task-actions.tsx'
import { taskElementId } from './task-element.ts'
import { TaskFacts } from './task-facts.tsx'
import styles from './task-item.module.css'
import { TaskTitle } from './task-title.tsx'

const TaskDetails = lazyAhead(async () => (await import('./task-details.tsx')).TaskDetails)

export const TaskItemFragment = graphql(`
  fragment TaskItem on Task {
    id
    title
    completed
    createdAt
    ...TaskFacts
    ...TaskDetails
  }
`)

/** The API has not created such a task yet, so no request may use its id. */
const isBeingSaved = (id: string) => id.startsWith('optimistic:')

type TaskItemProps = { task: FragmentType<typeof TaskItemFragment>; today: string }

export const TaskItem = memo(function TaskItem({ task: masked, today }: TaskItemProps) {
  const task = readFragment(TaskItemFragment, masked)
  const { id, title, completed, createdAt } = task
  const actions = useTaskActions()
  const item = useFocusHandover<HTMLLIElement>()
  const more = useRef<HTMLButtonElement>(null)
  const [details, setDetails] = useState<'unopened' | 'open' | 'closed'>('unopened')
  const saving = isBeingSaved(id)

  function closeDetails() {
    setDetails('closed')
    more.current?.focus()
  }

  return (
    <li
      ref={item}
      id={taskElementId(id)}
      className={classNames(styles.item, completed && styles.completed)}
    >
      <label className={styles.tick}>
        <input
          type="checkbox"
          aria-label={`Complete ${title}`}
          checked={completed}
          disabled={saving}
          onChange={() => (completed ? actions.reopen(task) : actions.complete(task))}
        />
      </label>
      <div className={styles.body}>
        <TaskTitle id={id} title={title} disabled={saving} />
        <TaskFacts task={task} today={today} />
      </div>
      <time
        className={styles.created}
        dateTime={createdAt}
        title={`Created ${exactTime(createdAt)}`}
      >
        {saving ? 'Saving…' : `Added ${pastWords(createdAt, today)}`}
      </time>
      <div className={styles.controls}>
        <IconButton
          ref={more}
          icon="chevron"
          label={`Details of ${title}`}
          aria-expanded={details === 'open'}
          disabled={saving}
          onClick={() => setDetails(details === 'open' ? 'closed' : 'open')}
        />
        <IconButton
          icon="bin"
          label={`Delete ${title}`}
          disabled={saving}
          onClick={() => actions.remove({ id, title })}
        />
      </div>
      {details !== 'unopened' && (
        // Stays mounted when closed, so that closing by mistake loses no input.
        <div className={styles.details} hidden={details === 'closed'}>
          <Suspense>
            <TaskDetails task={task} onClose={closeDetails} />
          </Suspense>
        </div>
      )}
    </li>
  )
})
