import { useId } from 'react'
import { addDays, dueWords } from '../ui/date-words.ts'
import { FieldError } from '../ui/field-error.tsx'
import { useToday } from '../ui/use-today.ts'
import styles from './task-fields.module.css'

type DueFieldProps = {
  /** `YYYY-MM-DD`, or "" for none. */
  value: string
  onChange: (value: string) => void
  error?: string | undefined
}

export function DueField({ value, onChange, error }: DueFieldProps) {
  const id = useId()
  const today = useToday()
  const quick = [
    { words: 'Today', date: today },
    { words: 'Tomorrow', date: addDays(today, 1) },
    { words: 'In a week', date: addDays(today, 7) },
  ]
  return (
    <div className={styles.field}>
      <label htmlFor={id} className={styles.label}>
        Due date
      </label>
      <div className={styles.choices}>
        <input
          id={id}
          type="date"
          className={styles.date}
          value={value}
          min="0001-01-01"
          max="9999-12-31"
          aria-invalid={error ? true : undefined}
          aria-describedby={error && `${id}-error`}
          onChange={(event) => onChange(event.target.value)}
        />
        {quick.map(({ words, date }) => (
          <button
            key={words}
            type="button"
            className={styles.chip}
            aria-pressed={value === date}
            title={dueWords(date, today)}
            onClick={() => onChange(value === date ? '' : date)}
          >
            {words}
          </button>
        ))}
      </div>
      <FieldError id={`${id}-error`}>{error}</FieldError>
    </div>
  )
}
