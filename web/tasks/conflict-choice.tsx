import { type ReactNode, useEffect } from 'react'
import { useQuery } from 'urql'
import { type FragmentType, readFragment } from '../gql/fragment-masking.ts'
import { graphql } from '../gql/gql.ts'
import { announce } from '../ui/announcer.tsx'
import { Button } from '../ui/button.tsx'
import { clockTime, dueWords } from '../ui/date-words.ts'
import { useToday } from '../ui/use-today.ts'
import styles from './conflict-choice.module.css'
import { priorityWords } from './priority-field.tsx'
import { repeatWords } from './repeat-words.ts'
import { isSameValue, type TaskField, type TaskValues } from './task-values.ts'

const RecordedValuesFragment = graphql(`
  fragment RecordedValues on TaskState {
    title
    description
    dueOn
    priority
    labels
    repeat {
      every
      unit
      weekdays
      from
    }
  }
`)

const LatestChangesOfTaskQuery = graphql(`
  query LatestChangesOfTask($id: ID!) {
    taskChanges(last: 20, filter: { taskId: $id }) {
      nodes {
        occurredAt
        actor {
          kind
          name
        }
        after {
          ...RecordedValues
        }
        before {
          ...RecordedValues
        }
      }
    }
  }
`)

const fieldNames: Record<TaskField, string> = {
  title: 'Title',
  description: 'Description',
  dueOn: 'Due date',
  priority: 'Priority',
  labels: 'Labels',
  repeat: 'Repeat',
}

type ConflictChoiceProps = {
  taskId: string
  field: TaskField
  mine: TaskValues[TaskField]
  theirs: TaskValues[TaskField]
  onKeepMine: () => void
  onTakeTheirs: () => void
}

/** Shows both versions of a field that was changed here and elsewhere. */
export function ConflictChoice({
  taskId,
  field,
  mine,
  theirs,
  onKeepMine,
  onTakeTheirs,
}: ConflictChoiceProps) {
  const words = useValueWords()
  const origin = useOrigin(taskId, field, theirs)
  const name = fieldNames[field]
  useEffect(() => {
    announce(`${name} was changed elsewhere meanwhile. Choose the version to keep.`)
  }, [name])
  return (
    <fieldset aria-label={`Two versions: ${name}`} className={styles.choice}>
      <Version title="Yours" text={words(field, mine)}>
        <Button look="framed" onClick={onKeepMine}>
          Keep yours
        </Button>
      </Version>
      <Version title={origin} text={words(field, theirs)}>
        <Button look="framed" onClick={onTakeTheirs}>
          Take the other
        </Button>
      </Version>
    </fieldset>
  )
}

type VersionProps = { title: string; text: string; children: ReactNode }

function Version({ title, text, children }: VersionProps) {
  return (
    <div className={styles.version}>
      <p className={styles.title}>{title}</p>
      <p dir="auto" className={styles.text}>
        {text}
      </p>
      {children}
    </div>
  )
}

/** "The other: by Backup script at 14:03". */
function useOrigin(id: string, field: TaskField, theirs: TaskValues[TaskField]): string {
  const [{ data }] = useQuery({
    query: LatestChangesOfTaskQuery,
    variables: { id },
    requestPolicy: 'network-only',
  })
  const isTheirs = (state: FragmentType<typeof RecordedValuesFragment> | null) => {
    const values = readFragment(RecordedValuesFragment, state)
    return values !== null && isSameValue(values[field], theirs)
  }
  const change = data?.taskChanges.nodes.findLast(
    ({ before, after }) => isTheirs(after) && !isTheirs(before),
  )
  if (!change) return 'The other'
  const time = clockTime(change.occurredAt)
  // Only the account itself is a person.
  if (change.actor.kind === 'PERSON') return `The other: by you elsewhere at ${time}`
  return `The other: by ${change.actor.name} at ${time}`
}

function useValueWords() {
  const today = useToday()
  return (field: TaskField, value: TaskValues[TaskField]): string => {
    if (Array.isArray(value)) return value.join(', ') || 'No labels'
    if (value !== null && typeof value === 'object') return repeatWords(value)
    if (field === 'dueOn') return value ? dueWords(value, today) : 'No due date'
    if (field === 'priority') return priorityWords[value as TaskValues['priority']]
    if (field === 'repeat') return 'Never'
    return value || 'Nothing'
  }
}
