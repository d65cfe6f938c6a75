import type { ResultOf } from '@graphql-typed-document-node/core'
import { type SubmitEvent, useEffect, useId, useRef, useState } from 'react'
import type { Refusal } from '../api/refusal.ts'
import { type FragmentType, readFragment } from '../gql/fragment-masking.ts'
import { graphql } from '../gql/gql.ts'
import { maxDescription } from '../gql/limits.ts'
import { announce } from '../ui/announcer.tsx'
import { Button } from '../ui/button.tsx'
import { limitCodePoints } from '../ui/code-points.ts'
import { Counter } from '../ui/counter.tsx'
import { exactTime } from '../ui/date-words.ts'
import { FieldError } from '../ui/field-error.tsx'
import { DueField } from './due-field.tsx'
import { LabelsField } from './labels-field.tsx'
import { PriorityField } from './priority-field.tsx'
import { RepeatField } from './repeat-field.tsx'
import { useTaskActions } from './task-actions.tsx'
import styles from './task-details.module.css'

export const TaskDetailsFragment = graphql(`
  fragment TaskDetails on Task {
    id
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
    createdAt
    completedAt
  }
`)

type TaskDetailsProps = { task: FragmentType<typeof TaskDetailsFragment>; onClose: () => void }

type Draft = Pick<
  ResultOf<typeof TaskDetailsFragment>,
  'description' | 'dueOn' | 'priority' | 'labels' | 'repeat'
>

/** Only the changed fields, so that concurrent changes of other fields are kept. */
function changesIn(draft: Draft, opened: Draft): Partial<Draft> {
  const description = draft.description?.trim() || null
  return {
    ...(description !== opened.description && { description }),
    ...(draft.dueOn !== opened.dueOn && { dueOn: draft.dueOn }),
    ...(draft.priority !== opened.priority && { priority: draft.priority }),
    ...(draft.labels.join('\n') !== opened.labels.join('\n') && { labels: draft.labels }),
    ...(draft.repeat !== opened.repeat && { repeat: draft.repeat }),
  }
}

/** Shows and edits all fields of a task except the title. */
export function TaskDetails({ task: masked, onClose }: TaskDetailsProps) {
  const task = readFragment(TaskDetailsFragment, masked)
  const id = useId()
  const form = useRef<HTMLFormElement>(null)
  const { update } = useTaskActions()
  const [opened, setOpened] = useState<Draft>(task)
  const [draft, setDraft] = useState<Draft>(task)
  const [refusal, setRefusal] = useState<Refusal>()
  const [saving, setSaving] = useState(false)
  const errorOf = (field: keyof Draft) => (refusal?.field === field ? refusal.message : undefined)
  const change = (changes: Partial<Draft>) => setDraft({ ...draft, ...changes })

  useEffect(() => {
    form.current?.scrollIntoView({ block: 'nearest' })
  }, [])

  async function save(event: SubmitEvent) {
    event.preventDefault()
    if (saving) return
    setSaving(true)
    const refused = await update({ id: task.id, ...changesIn(draft, opened) })
    setSaving(false)
    setRefusal(refused)
    if (refused) return
    setOpened(draft)
    announce('Details saved.')
    onClose()
  }

  return (
    <form
      ref={form}
      noValidate
      className={styles.details}
      aria-label={`Details of ${task.title}`}
      onSubmit={save}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onClose()
      }}
    >
      <div className={styles.description}>
        <label htmlFor={id} className={styles.label}>
          Description
        </label>
        <textarea
          id={id}
          dir="auto"
          rows={3}
          className={styles.text}
          value={draft.description ?? ''}
          aria-invalid={errorOf('description') ? true : undefined}
          aria-describedby={`${id}-count ${id}-error`}
          onChange={(event) =>
            change({ description: limitCodePoints(event.target.value, maxDescription) })
          }
        />
        <Counter id={`${id}-count`} value={draft.description ?? ''} limit={maxDescription} />
        <FieldError id={`${id}-error`}>{errorOf('description')}</FieldError>
      </div>
      <DueField
        value={draft.dueOn ?? ''}
        onChange={(dueOn) => change({ dueOn: dueOn || null })}
        error={errorOf('dueOn')}
      />
      <RepeatField value={draft.repeat ?? null} onChange={(repeat) => change({ repeat })} />
      <PriorityField value={draft.priority} onChange={(priority) => change({ priority })} />
      <LabelsField
        value={draft.labels}
        onChange={(labels) => change({ labels })}
        error={errorOf('labels')}
      />
      {refusal && !(refusal.field && refusal.field in draft) && (
        <p role="alert" className={styles.problem}>
          {refusal.message}
        </p>
      )}
      <div className={styles.end}>
        <Button type="submit" look="primary" aria-busy={saving}>
          {saving ? 'Saving…' : 'Save'}
        </Button>
        <Button onClick={onClose}>Close</Button>
        <p className={styles.times}>
          Created {exactTime(task.createdAt)}
          {task.completedAt && <>, completed {exactTime(task.completedAt)}</>}
        </p>
      </div>
    </form>
  )
}
