import { useOpenTask } from './open-task.tsx'
import styles from './task-title.module.css'

type TaskTitleProps = { id: string; title: string; disabled: boolean }

/** The title of a row. It opens the details; a double click also begins to edit the title. */
export function TaskTitle({ id, title, disabled }: TaskTitleProps) {
  const { open } = useOpenTask()
  return (
    <button
      type="button"
      dir="auto"
      data-title
      className={styles.title}
      aria-label={`Open ${title}`}
      disabled={disabled}
      onClick={({ detail }) => open(id, detail > 1 ? 'title' : 'details')}
    >
      {title}
    </button>
  )
}
