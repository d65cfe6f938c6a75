import { useId } from 'react'
import styles from './new-token-form.module.css'

const choices = [
  { days: 7, words: 'In 7 days' },
  { days: 30, words: 'In 30 days' },
  { days: 90, words: 'In 90 days' },
  { days: 365, words: 'In a year' },
  { days: 0, words: 'Never' },
]
const usual = 30

export function ExpiryField() {
  const id = useId()
  return (
    <div className={styles.field}>
      <label htmlFor={id} className={styles.label}>
        Expires
      </label>
      <select id={id} name="expiresInDays" defaultValue={usual} className={styles.select}>
        {choices.map(({ days, words }) => (
          <option key={days} value={days}>
            {words}
          </option>
        ))}
      </select>
    </div>
  )
}
