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

/** A labelled input. An error takes the place of the hint. Screen readers read either with it. */
export function TextField({ label, hint, error, end, ...rest }: TextFieldProps) {
  const id = useId()
  const described = (error && `${id}-error`) || (hint && `${id}-hint`)
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
      {hint && !error && (
        <p id={`${id}-hint`} className={styles.hint}>
          {hint}
        </p>
      )}
      <FieldError id={`${id}-error`}>{error}</FieldError>
    </div>
  )
}
