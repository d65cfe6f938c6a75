import { useId, useState } from 'react'
import type { RepeatUnit, Weekday } from '../gql/graphql.ts'
import { maxEvery } from '../gql/limits.ts'
import styles from './repeat-field.module.css'
import { type TaskRepeat, weekdayName, weekdays } from './repeat-words.ts'
import fields from './task-fields.module.css'

const choices: { unit: RepeatUnit | null; words: string; many: string }[] = [
  { unit: null, words: 'Never', many: '' },
  { unit: 'DAY', words: 'Day', many: 'days' },
  { unit: 'WEEK', words: 'Week', many: 'weeks' },
  { unit: 'MONTH', words: 'Month', many: 'months' },
  { unit: 'YEAR', words: 'Year', many: 'years' },
]

type RepeatFieldProps = {
  /** Null: the task does not repeat. */
  value: TaskRepeat | null
  onChange: (value: TaskRepeat | null) => void
}

/** Chooses how a task repeats. */
export function RepeatField({ value, onChange }: RepeatFieldProps) {
  const name = useId()
  const rule: TaskRepeat = value ?? { every: 1, unit: 'DAY', weekdays: null, from: 'DUE_DATE' }
  const change = (changes: Partial<TaskRepeat>) => onChange(toRule({ ...rule, ...changes }))
  return (
    <fieldset className={fields.field}>
      <legend className={fields.label}>Repeat every</legend>
      <div className={fields.choices}>
        {choices.map(({ unit, words }) => (
          <label key={words} className={fields.chip}>
            <input
              type="radio"
              name={name}
              className={fields.chipInput}
              checked={(value?.unit ?? null) === unit}
              onChange={() => (unit ? change({ unit }) : onChange(null))}
            />
            {words}
          </label>
        ))}
      </div>
      {value && (
        <>
          <EveryField value={value} onChange={(every) => change({ every })} />
          {value.unit === 'WEEK' && (
            <WeekdaysField
              value={value.weekdays ?? []}
              onChange={(days) => change({ weekdays: days })}
            />
          )}
          <label className={styles.line}>
            <input
              type="checkbox"
              checked={value.from === 'COMPLETION'}
              onChange={({ target }) =>
                change({ from: target.checked ? 'COMPLETION' : 'DUE_DATE' })
              }
            />
            Count from the day it is completed
          </label>
        </>
      )}
    </fieldset>
  )
}

/** Without other fields, which the API would refuse, and weekdays from Monday on. */
function toRule({ every, unit, weekdays: given, from }: TaskRepeat): TaskRepeat {
  const days = unit === 'WEEK' ? weekdays.filter((day) => given?.includes(day)) : []
  return { every, unit, weekdays: days.length > 0 ? days : null, from }
}

type EveryFieldProps = { value: TaskRepeat; onChange: (every: number) => void }

/** Keeps what is typed, also while it is no number. */
function EveryField({ value: { every, unit }, onChange }: EveryFieldProps) {
  const [typed, setTyped] = useState(String(every))
  const { many } = choices.find((choice) => choice.unit === unit) ?? { many: '' }
  const isValid = isEvery(typed)
  const id = useId()
  return (
    <div className={styles.line}>
      <label htmlFor={id}>Number of {many}</label>
      <input
        id={id}
        type="number"
        min={1}
        max={maxEvery}
        className={styles.number}
        value={typed}
        aria-invalid={isValid ? undefined : true}
        onChange={({ target }) => {
          setTyped(target.value)
          if (isEvery(target.value)) onChange(Number(target.value))
        }}
        onBlur={() => setTyped(String(every))}
      />
    </div>
  )
}

function isEvery(typed: string): boolean {
  return /^\d+$/.test(typed) && Number(typed) >= 1 && Number(typed) <= maxEvery
}

type WeekdaysFieldProps = { value: readonly Weekday[]; onChange: (value: Weekday[]) => void }

function WeekdaysField({ value, onChange }: WeekdaysFieldProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset needs a visible legend
    <div role="group" aria-label="Days of the week" className={fields.choices}>
      {weekdays.map((day) => (
        <button
          key={day}
          type="button"
          className={fields.chip}
          aria-pressed={value.includes(day)}
          aria-label={weekdayName(day, 'long')}
          onClick={() =>
            onChange(value.includes(day) ? value.filter((other) => other !== day) : [...value, day])
          }
        >
          {weekdayName(day, 'short')}
        </button>
      ))}
    </div>
  )
}
