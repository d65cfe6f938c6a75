import { useId } from 'react'
import type { TaskPriority } from '../gql/graphql.ts'
import styles from './task-fields.module.css'
import { priorities } from './view.ts'

export const priorityWords: Record<TaskPriority, string> = {
  HIGH: 'High',
  MEDIUM: 'Medium',
  LOW: 'Low',
}

type PriorityFieldProps = { value: TaskPriority; onChange: (value: TaskPriority) => void }

export function PriorityField({ value, onChange }: PriorityFieldProps) {
  const name = useId()
  return (
    <fieldset className={styles.field}>
      <legend className={styles.label}>Priority</legend>
      <div className={styles.choices}>
        {priorities.map((priority) => (
          <label key={priority} className={styles.chip}>
            <input
              type="radio"
              name={name}
              className={styles.chipInput}
              checked={value === priority}
              onChange={() => onChange(priority)}
            />
            {priorityWords[priority]}
          </label>
        ))}
      </div>
    </fieldset>
  )
}
