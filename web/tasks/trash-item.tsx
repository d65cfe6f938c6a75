import { type FragmentType, readFragment } from '../gql/fragment-masking.ts'
import { graphql } from '../gql/gql.ts'
import { Button } from '../ui/button.tsx'
import { exactTime, pastWords } from '../ui/date-words.ts'
import { useFocusHandover } from '../ui/use-focus-handover.ts'
import { useTaskActions } from './task-actions.tsx'
import { TaskFacts } from './task-facts.tsx'
import styles from './trash.module.css'

export const TrashItemFragment = graphql(`
  fragment TrashItem on Task {
    id
    title
    deletedAt
    ...TaskFacts
  }
`)

type TrashItemProps = {
  task: FragmentType<typeof TrashItemFragment>
  today: string
  onPurge: (task: { id: string; title: string }) => void
}

export function TrashItem({ task: masked, today, onPurge }: TrashItemProps) {
  const task = readFragment(TrashItemFragment, masked)
  const { id, title, deletedAt } = task
  const { restore } = useTaskActions()
  const item = useFocusHandover<HTMLLIElement>()
  return (
    <li ref={item} className={styles.item}>
      <div className={styles.body}>
        <p className={styles.title} dir="auto">
          {title}
        </p>
        {deletedAt && (
          <p className={styles.deleted}>
            Deleted{' '}
            <time dateTime={deletedAt} title={exactTime(deletedAt)}>
              {pastWords(deletedAt, today)}
            </time>
          </p>
        )}
        <TaskFacts task={task} today={today} />
      </div>
      <div className={styles.controls}>
        <Button aria-label={`Restore ${title}`} onClick={() => restore({ id, title })}>
          Restore
        </Button>
        <Button
          look="danger"
          aria-label={`Delete forever: ${title}`}
          onClick={() => onPurge({ id, title })}
        >
          Delete forever
        </Button>
      </div>
    </li>
  )
}
