import { type ComponentProps, type ReactNode, useId } from 'react'
import { FieldError } from './field-error.tsx'
import styles from './text-field.module.css'

type TextFieldProps = ComponentProps<'input'> & {
  label: string
  hint?: string
  error?: string | undefined
  /** A control at the end of the field, such as show/hide. */
  end?: ReactNode
  'data-first-focus'?: true | undefined
}

/** A labelled input. Screen readers read its hint and error with it. */
export function TextField({ label, hint, error, end, ...rest }: TextFieldProps) {
  const id = useId()
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ')
  return (
    <div className={styles.field}>
      <label htmlFor={id} className={styles.label}>
        {label}
      </label>
      <div className={styles.control}>
        <input
          {...rest}
          id={id}
          className={styles.input}
          aria-invalid={error ? true : undefined}
          aria-describedby={described || undefined}
        />
        {end}
      </div>
      {hint && (
        <p id={`${id}-hint`} className={styles.hint}>
          {hint}
        </p>
      )}
      <FieldError id={`${id}-error`}>{error}</FieldError>
    </div>
  )
}
