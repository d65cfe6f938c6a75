import { type FragmentType, readFragment } from '../gql/fragment-masking.ts'
import { graphql } from '../gql/gql.ts'
import { classNames } from '../ui/class-names.ts'
import { daysUntil, dueWords, exactDate, exactTime, pastWords } from '../ui/date-words.ts'
import { Icon } from '../ui/icon.tsx'
import { repeatWords } from './repeat-words.ts'
import styles from './task-facts.module.css'

export const TaskFactsFragment = graphql(`
  fragment TaskFacts on Task {
    completedAt
    description
    dueOn
    priority
    labels
    repeat {
      every
      unit
      weekdays
    }
  }
`)

type TaskFactsProps = { task: FragmentType<typeof TaskFactsFragment>; today: string }

/** Due date, priority and labels of a task; omits defaults. */
export function TaskFacts({ task: masked, today }: TaskFactsProps) {
  const { completedAt, description, dueOn, priority, labels, repeat } = readFragment(
    TaskFactsFragment,
    masked,
  )
  const days = dueOn && !completedAt ? daysUntil(dueOn, today) : undefined
  return (
    <p className={styles.facts}>
      {completedAt && (
        <time dateTime={completedAt} title={exactTime(completedAt)} className={styles.done}>
          Done {pastWords(completedAt, today)}
        </time>
      )}
      {dueOn && !completedAt && (
        <time
          dateTime={dueOn}
          title={`Due ${exactDate(dueOn)}`}
          className={classNames(
            styles.fact,
            days !== undefined && days < 0 && styles.overdue,
            days === 0 && styles.today,
          )}
        >
          <Icon name={days !== undefined && days < 0 ? 'clock' : 'calendar'} />
          <span className="visually-hidden">Due </span>
          {dueWords(dueOn, today)}
        </time>
      )}
      {repeat && !completedAt && (
        <span className={styles.fact}>
          <Icon name="repeat" />
          {repeatWords(repeat)}
        </span>
      )}
      {priority !== 'MEDIUM' && (
        <span className={classNames(styles.fact, priority === 'HIGH' && styles.high)}>
          <Icon name={priority === 'HIGH' ? 'high' : 'low'} />
          {priority === 'HIGH' ? 'High' : 'Low'}
          <span className="visually-hidden"> priority</span>
        </span>
      )}
      {labels.map((label) => (
        <span key={label} className={styles.fact}>
          <span aria-hidden="true">#</span>
          <span className="visually-hidden">Label </span>
          <bdi>{label}</bdi>
        </span>
      ))}
      {description && <span className={styles.fact}>Note</span>}
    </p>
  )
}
