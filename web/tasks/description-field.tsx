import { useId } from 'react'
import { maxDescription } from '../gql/limits.ts'
import { limitCodePoints } from '../ui/code-points.ts'
import { Counter } from '../ui/counter.tsx'
import { FieldError } from '../ui/field-error.tsx'
import { findLinks } from './links.ts'
import styles from './task-details.module.css'

type DescriptionFieldProps = {
  value: string
  error: string | undefined
  onChange: (value: string) => void
  onSave: () => void
}

/** Leaving the field saves it. */
export function DescriptionField({ value, error, onChange, onSave }: DescriptionFieldProps) {
  const id = useId()
  const links = findLinks(value)
  return (
    <div className={styles.description}>
      <label htmlFor={id} className={styles.label}>
        Description
      </label>
      <textarea
        id={id}
        dir="auto"
        rows={3}
        className={styles.text}
        value={value}
        aria-invalid={error ? true : undefined}
        aria-describedby={`${id}-count ${id}-error`}
        onChange={(event) => onChange(limitCodePoints(event.target.value, maxDescription))}
        onBlur={onSave}
      />
      <Counter id={`${id}-count`} value={value} limit={maxDescription} />
      <FieldError id={`${id}-error`}>{error}</FieldError>
      {links.length > 0 && (
        <ul className={styles.links} aria-label="Links in the description">
          {links.map((link) => (
            <li key={link}>
              <a href={link} target="_blank" rel="noopener noreferrer" dir="ltr">
                {link}
              </a>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
