import { countCodePoints } from './code-points.ts'
import styles from './counter.module.css'

type CounterProps = { id: string; value: string; limit: number }

/** The number of characters left; hidden until a tenth of the limit is left. */
export function Counter({ id, value, limit }: CounterProps) {
  const left = limit - countCodePoints(value)
  if (left > limit / 10) return null
  return (
    <p id={id} className={styles.counter}>
      {left === 0 ? `The limit of ${limit} characters is reached` : `${left} characters left`}
    </p>
  )
}
