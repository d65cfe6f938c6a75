import { type FocusEvent, type KeyboardEvent, useEffect, useId, useRef } from 'react'
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
  onSave: (value: string, refocus: boolean) => void
  onCancel: () => void
}

/** Enter and blur save, Escape cancels. */
export function TitleEditor({
  value,
  error,
  takesFocus,
  onChange,
  onSave,
  onCancel,
}: TitleEditorProps) {
  const id = useId()
  const input = useRef<HTMLTextAreaElement>(null)
  // Enter and Escape remove the field, which may fire a blur event.
  const settled = useRef(false)
  useEffect(() => {
    if (!takesFocus) return
    input.current?.focus()
    input.current?.select()
  }, [takesFocus])

  function onKeyDown(event: KeyboardEvent) {
    if (event.nativeEvent.isComposing) return
    if (event.key !== 'Enter' && event.key !== 'Escape') return
    event.preventDefault()
    settled.current = true
    if (event.key === 'Enter') onSave(value, true)
    else onCancel()
  }

  function onBlur(event: FocusEvent) {
    // Moving to a dialog or another window does not save the title.
    const left = event.relatedTarget || document.hasFocus()
    if (!settled.current && left) onSave(value, false)
  }

  return (
    <div className={styles.editor}>
      {/* A textarea, because a long title needs several lines. Line breaks become spaces. */}
      <textarea
        ref={input}
        rows={1}
        dir="auto"
        className={styles.input}
        aria-label="Title"
        aria-invalid={error ? true : undefined}
        aria-describedby={`${id}-count ${id}-error`}
        value={value}
        onChange={(event) => onChange(limitLine(event.target.value, maxTitle))}
        onKeyDown={onKeyDown}
        onBlur={onBlur}
      />
      <Counter id={`${id}-count`} value={value} limit={maxTitle} />
      <FieldError id={`${id}-error`}>{error}</FieldError>
    </div>
  )
}
