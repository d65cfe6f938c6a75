import { type RefObject, type SubmitEvent, useId, useState } from 'react'
import type { Refusal } from '../api/refusal.ts'
import type { TaskPriority } from '../gql/graphql.ts'
import { maxTitle } from '../gql/limits.ts'
import { announce } from '../ui/announcer.tsx'
import { Button, IconButton } from '../ui/button.tsx'
import { limitLine } from '../ui/code-points.ts'
import { Counter } from '../ui/counter.tsx'
import { FieldError } from '../ui/field-error.tsx'
import { createRandomKey } from '../ui/secure-apis.ts'
import { DueField } from './due-field.tsx'
import { LabelsField } from './labels-field.tsx'
import styles from './new-task-form.module.css'
import { PriorityField } from './priority-field.tsx'
import { useTaskActions } from './task-actions.tsx'

type Draft = { title: string; dueOn: string; priority: TaskPriority; labels: string[] }

const empty: Draft = { title: '', dueOn: '', priority: 'MEDIUM', labels: [] }

/** Enter adds the task and clears the field, which keeps the focus. */
export function NewTaskForm({ input }: { input: RefObject<HTMLInputElement | null> }) {
  const id = useId()
  const { create } = useTaskActions()
  const [draft, setDraft] = useState(empty)
  const [refusal, setRefusal] = useState<Refusal>()
  const [more, setMore] = useState(false)
  const change = (changes: Partial<Draft>) => setDraft({ ...draft, ...changes })

  async function add(event: SubmitEvent) {
    event.preventDefault()
    const title = draft.title.trim()
    input.current?.focus()
    if (!title) return setRefusal({ code: 'EMPTY', message: 'Write what is to be done first.' })
    setRefusal(undefined)
    setDraft(empty)
    const { dueOn, priority, labels } = draft
    // An idempotency key: a request that is sent twice creates one task.
    const idempotencyKey = createRandomKey()
    const refused = await create({ title, dueOn: dueOn || null, priority, labels, idempotencyKey })
    if (!refused) return announce(`Added “${title}”.`)
    setRefusal(refused)
    // Restores the text after a failure, unless the user is typing the next task.
    setDraft((now) => (now.title ? now : draft))
  }

  return (
    <form noValidate className={styles.form} onSubmit={add} aria-label="New task">
      <div className={styles.line}>
        <input
          ref={input}
          dir="auto"
          className={styles.input}
          aria-label="New task"
          placeholder="New task"
          autoComplete="off"
          enterKeyHint="done"
          data-focus-home
          value={draft.title}
          aria-invalid={refusal ? true : undefined}
          aria-describedby={`${id}-count ${id}-error`}
          onChange={(event) => change({ title: limitLine(event.target.value, maxTitle) })}
        />
        <IconButton
          icon="chevron"
          label="Due date, priority and labels"
          aria-expanded={more}
          onClick={() => setMore(!more)}
        />
        <Button type="submit" look="primary">
          Add
        </Button>
      </div>
      <Counter id={`${id}-count`} value={draft.title} limit={maxTitle} />
      <FieldError id={`${id}-error`}>{refusal?.message}</FieldError>
      {more && (
        <div className={styles.more}>
          <DueField value={draft.dueOn} onChange={(dueOn) => change({ dueOn })} />
          <PriorityField value={draft.priority} onChange={(priority) => change({ priority })} />
          <LabelsField value={draft.labels} onChange={(labels) => change({ labels })} />
        </div>
      )}
    </form>
  )
}
