import { memo, Suspense } from 'react'
import { type FragmentType, readFragment } from '../gql/fragment-masking.ts'
import { graphql } from '../gql/gql.ts'
import { IconButton } from '../ui/button.tsx'
import { Checkbox } from '../ui/checkbox.tsx'
import { classNames } from '../ui/class-names.ts'
import { exactTime, pastWords } from '../ui/date-words.ts'
import { lazyAhead } from '../ui/lazy-ahead.ts'
import { useFocusHandover } from '../ui/use-focus-handover.ts'
import { useIsOpenTask, useOpenTask } from './open-task.tsx'
import { useTaskActions } from './task-actions.tsx'
import { taskElementId } from './task-element.ts'
import { TaskFacts } from './task-facts.tsx'
import styles from './task-item.module.css'
import { TaskTitle } from './task-title.tsx'

const DetailsInRow = lazyAhead(async () => (await import('./details-in-row.tsx')).DetailsInRow)

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
  const { open, close } = useOpenTask()
  const isOpen = useIsOpenTask(id)
  const saving = isBeingSaved(id)

  function remove() {
    if (isOpen) close()
    void actions.remove({ id, title })
  }

  return (
    <li
      ref={item}
      id={taskElementId(id)}
      className={classNames(styles.item, completed && styles.completed)}
    >
      <label className={styles.tick}>
        <Checkbox
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
          icon="chevron"
          label={`Details of ${title}`}
          aria-expanded={isOpen}
          disabled={saving}
          onClick={() => (isOpen ? close() : open(id, 'details'))}
        />
        <IconButton icon="bin" label={`Delete ${title}`} disabled={saving} onClick={remove} />
      </div>
      {isOpen && (
        <div className={styles.details}>
          <Suspense>
            <DetailsInRow task={task} />
          </Suspense>
        </div>
      )}
    </li>
  )
})
