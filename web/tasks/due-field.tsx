import { useId } from 'react'
import { addDays, dueWords } from '../ui/date-words.ts'
import { FieldError } from '../ui/field-error.tsx'
import { useToday } from '../ui/use-today.ts'
import styles from './task-fields.module.css'

type DueFieldProps = {
  /** `YYYY-MM-DD`, or "" for none. */
  value: string
  onChange: (value: string) => void
  /** A date is chosen by one click. By default as `onChange`. */
  onChoose?: (value: string) => void
  /** The user has left the field or pressed Enter. A half-typed year is a date too. */
  onDone?: () => void
  error?: string | undefined
}

export function DueField({ value, onChange, onChoose = onChange, onDone, error }: DueFieldProps) {
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
          onBlur={onDone}
          onKeyDown={(event) => {
            if (event.key === 'Enter') onDone?.()
          }}
        />
        {quick.map(({ words, date }) => (
          <button
            key={words}
            type="button"
            className={styles.chip}
            aria-pressed={value === date}
            title={dueWords(date, today)}
            onClick={() => onChoose(value === date ? '' : date)}
          >
            {words}
          </button>
        ))}
      </div>
      <FieldError id={`${id}-error`}>{error}</FieldError>
    </div>
  )
}
