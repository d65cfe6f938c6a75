import { useEffect, useId, useRef } from 'react'
import { maxTitle } from '../gql/limits.ts'
import { limitLine } from '../ui/code-points.ts'
import { Counter } from '../ui/counter.tsx'
import { FieldError } from '../ui/field-error.tsx'
import styles from './task-title.module.css'

type TitleEditorProps = {
  value: string
  error: string | undefined
  takesFocus: boolean
  onChange: (value: string) => void
  onSave: () => void
}

/** The title in the details. Enter and leaving the field save it. */
export function TitleEditor({ value, error, takesFocus, onChange, onSave }: TitleEditorProps) {
  const id = useId()
  const input = useRef<HTMLTextAreaElement>(null)
  useEffect(() => {
    if (!takesFocus) return
    input.current?.focus()
    input.current?.select()
  }, [takesFocus])

  return (
    <div className={styles.editor} data-field="title">
      {/* A textarea, because a long title needs several lines. Line breaks become spaces. */}
      <textarea
        ref={input}
        rows={1}
        dir="auto"
        className={styles.input}
        aria-label="Title"
        data-first-focus={takesFocus || undefined}
        aria-invalid={error ? true : undefined}
        aria-describedby={`${id}-count ${id}-error`}
        value={value}
        onChange={(event) => onChange(limitLine(event.target.value, maxTitle))}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || event.nativeEvent.isComposing) return
          event.preventDefault()
          onSave()
        }}
        onBlur={onSave}
      />
      <Counter id={`${id}-count`} value={value} limit={maxTitle} />
      <FieldError id={`${id}-error`}>{error}</FieldError>
    </div>
  )
}
