import { type KeyboardEvent, useId, useState } from 'react'
import { fold } from '../gql/folding.ts'
import { maxLabel, maxLabels } from '../gql/limits.ts'
import { announce } from '../ui/announcer.tsx'
import { classNames } from '../ui/class-names.ts'
import { limitLine } from '../ui/code-points.ts'
import { FieldError } from '../ui/field-error.tsx'
import { Icon } from '../ui/icon.tsx'
import styles from './task-fields.module.css'
import { useLabels } from './use-labels.ts'

const suggestionsShown = 3

type LabelsFieldProps = {
  value: readonly string[]
  onChange: (value: string[]) => void
  error?: string | undefined
}

/** Labels as chips. Enter or a comma adds a label; Backspace in the empty field removes the last. */
export function LabelsField({ value, onChange, error }: LabelsFieldProps) {
  const id = useId()
  const [draft, setDraft] = useState('')
  const known = useLabels()
  const full = value.length >= maxLabels
  // Labels are case-insensitive in the API.
  const has = (label: string) => value.some((one) => fold(one) === fold(label))
  const suggestions = known
    .toSorted((one, other) => other.taskCount - one.taskCount)
    .filter(({ name }) => !has(name) && fold(name).includes(fold(draft.trim())))
    .slice(0, suggestionsShown)

  function add(typed: string) {
    const label = typed.trim()
    setDraft('')
    if (label && !has(label) && !full) onChange([...value, label])
  }

  function remove(label: string) {
    onChange(value.filter((one) => one !== label))
    announce(`Label ${label} removed.`)
    document.getElementById(id)?.focus()
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key === 'Escape' && draft) {
      event.stopPropagation() // discards only the text in this field
      setDraft('')
    }
    const last = value.at(-1)
    if (event.key === 'Backspace' && !draft && last) remove(last)
    const adds = event.key === ',' || (event.key === 'Enter' && draft.trim())
    if (!adds || event.nativeEvent.isComposing) return
    event.preventDefault()
    add(draft)
  }

  return (
    <div className={styles.field}>
      <label htmlFor={id} className={styles.label}>
        Labels
      </label>
      <div className={styles.labels}>
        {value.map((label) => (
          <button
            key={label}
            type="button"
            className={styles.chosen}
            aria-label={`Remove label ${label}`}
            onClick={() => remove(label)}
          >
            <bdi>{label}</bdi>
            <Icon name="close" />
          </button>
        ))}
        <input
          id={id}
          className={styles.labelInput}
          value={draft}
          readOnly={full}
          dir="auto"
          autoComplete="off"
          placeholder={full ? `${maxLabels} labels at most` : 'Add a label'}
          aria-describedby={`${id}-hint ${id}-error`}
          onChange={(event) => setDraft(limitLine(event.target.value, maxLabel))}
          onKeyDown={onKeyDown}
          onBlur={() => add(draft)}
        />
      </div>
      <span id={`${id}-hint`} className="visually-hidden">
        Up to {maxLabels} labels. Press Enter after each.
      </span>
      {!full && suggestions.length > 0 && (
        <div className={styles.choices}>
          {suggestions.map(({ name }) => (
            <button
              key={name}
              type="button"
              className={classNames(styles.chip, styles.suggestion)}
              aria-label={`Add label ${name}`}
              title={name}
              // Before the field loses the focus and adds the half-typed text as a label.
              onPointerDown={(event) => event.preventDefault()}
              onClick={() => add(name)}
            >
              <bdi>{name}</bdi>
            </button>
          ))}
        </div>
      )}
      <FieldError id={`${id}-error`}>{error}</FieldError>
    </div>
  )
}
