import { useState } from 'react'
import fields from './task-fields.module.css'
import styles from './task-toolbar.module.css'

type DateFilterProps = {
  label: string
  /** `YYYY-MM-DD`, or "" for none. */
  value: string
  onChange: (value: string) => void
}

/** A year that is typed digit by digit is 0002, 0020 and 0202 before it is 2026. */
const isTyped = (value: string) => value >= '1000'

/** Changes the filter when a whole date is typed, and otherwise when the user leaves the field. */
export function DateFilter({ label, value, onChange }: DateFilterProps) {
  const [typed, setTyped] = useState<string>()

  function take(date: string) {
    setTyped(undefined)
    if (date !== value) onChange(date)
  }

  return (
    <label className={styles.rangeEnd}>
      {label}
      <input
        type="date"
        className={fields.date}
        value={typed ?? value}
        min="0001-01-01"
        max="9999-12-31"
        onChange={({ target }) =>
          isTyped(target.value) ? take(target.value) : setTyped(target.value)
        }
        onBlur={({ target }) => {
          // Half a date, such as a day without a year, changes nothing.
          if (typed !== undefined) take(target.validity.badInput ? value : target.value)
        }}
      />
    </label>
  )
}
