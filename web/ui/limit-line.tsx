import { Link } from 'react-router'
import { type Limits, limitsFor } from './limit-fields.tsx'
import styles from './limit-line.module.css'

type LimitLineProps = {
  scopes: readonly string[]
  limits: Limits
  /** Null: it is not paused. */
  pausedAt: string | null
  /** Its `Actor.id` in the history. */
  actorId: string
}

/** How much a program may do in an hour, if it can change tasks, with a link to what it did. */
export function LimitLine({ scopes, limits, pausedAt, actorId }: LimitLineProps) {
  const { maxDeletions, maxChanges } = limitsFor(scopes, limits) ?? {}
  if (maxChanges === undefined) return null
  return (
    <p className={styles.limits}>
      {pausedAt !== null && <strong>Paused. </strong>}
      {describeLimits(maxDeletions, maxChanges)}{' '}
      <Link to={`/activity?actor=${encodeURIComponent(actorId)}`}>See what it did</Link>
    </p>
  )
}

function describeLimits(maxDeletions: number | undefined, maxChanges: number): string {
  const [deletions, changes] = [maxDeletions, maxChanges].map((max) => max?.toLocaleString('en'))
  return maxDeletions === undefined
    ? `At most ${changes} changes in an hour.`
    : `At most ${deletions} to the trash and ${changes} changes in an hour.`
}
