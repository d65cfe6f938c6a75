import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from 'react'
import { type FragmentType, readFragment } from '../gql/fragment-masking.ts'
import { graphql } from '../gql/gql.ts'
import { announce } from '../ui/announcer.tsx'
import { IconButton } from '../ui/button.tsx'
import { exactTime } from '../ui/date-words.ts'
import { ConflictChoice } from './conflict-choice.tsx'
import { DescriptionField } from './description-field.tsx'
import { DueField } from './due-field.tsx'
import { LabelsField } from './labels-field.tsx'
import { useOpenTask } from './open-task.tsx'
import { PriorityField } from './priority-field.tsx'
import { RepeatField } from './repeat-field.tsx'
import { SaveStatus } from './save-status.tsx'
import styles from './task-details.module.css'
import { type TaskField, taskFields } from './task-values.ts'
import { TaskVersionFragment } from './task-version.ts'
import { TitleEditor } from './title-editor.tsx'
import { useTaskEdits } from './use-task-edits.ts'

export const TaskDetailsFragment = graphql(`
  fragment TaskDetails on Task {
    createdAt
    completedAt
    ...TaskVersion
  }
`)

type TaskDetailsProps = { task: FragmentType<typeof TaskDetailsFragment> }

/** Shows and edits all fields of a task. Each field is saved when it is chosen or left. */
export function TaskDetails({ task: masked }: TaskDetailsProps) {
  const shown = readFragment(TaskDetailsFragment, masked)
  const task = readFragment(TaskVersionFragment, shown)
  const { close, askedFocus, askFocus } = useOpenTask()
  const form = useRef<HTMLFormElement>(null)
  const [focus] = useState(askedFocus)
  const edits = useTaskEdits(task)
  const { values, refusal, change, save, discard } = edits
  const errorOf = (field: TaskField) => (refusal?.field === field ? refusal.message : undefined)

  useEffect(() => {
    askFocus(undefined)
    if (focus === 'details') form.current?.focus({ preventScroll: true })
    form.current?.scrollIntoView({ block: 'nearest' })
  }, [askFocus, focus])

  function onKeyDown(event: KeyboardEvent) {
    if (event.key !== 'Escape' || event.nativeEvent.isComposing) return
    // Otherwise the dialog around the details closes as well.
    event.stopPropagation()
    const field = taskFields.find((name) => name === fieldOf(event.target))
    if (!field || !edits.edits[field]) return close()
    discard(field)
    announce('Your change is discarded.')
  }

  const place = (field: TaskField, control: ReactNode) => (
    <div className={styles.field} data-field={field}>
      {control}
      {edits.conflicts.includes(field) && (
        <ConflictChoice
          taskId={task.id}
          field={field}
          mine={values[field]}
          theirs={task[field]}
          onKeepMine={() => edits.keepMine(field)}
          onTakeTheirs={() => discard(field)}
        />
      )}
    </div>
  )

  return (
    <form
      ref={form}
      noValidate
      tabIndex={-1}
      data-first-focus={focus !== 'title' || undefined}
      className={styles.details}
      aria-label={`Details of ${task.title}`}
      onSubmit={(event) => event.preventDefault()}
      onKeyDown={onKeyDown}
    >
      <div className={styles.head}>
        {place(
          'title',
          <TitleEditor
            value={values.title}
            error={errorOf('title')}
            takesFocus={focus === 'title'}
            onChange={(title) => change('title', title)}
            onSave={() => save('title')}
          />,
        )}
        <IconButton icon="close" label="Close details" onClick={close} />
        <SaveStatus {...edits} />
      </div>
      {place(
        'description',
        <DescriptionField
          value={values.description ?? ''}
          error={errorOf('description')}
          onChange={(description) => change('description', description)}
          onSave={() => save('description')}
        />,
      )}
      <div className={styles.columns}>
        {place(
          'dueOn',
          <DueField
            value={values.dueOn ?? ''}
            error={errorOf('dueOn')}
            onChange={(dueOn) => change('dueOn', dueOn || null)}
            onChoose={(dueOn) => save('dueOn', dueOn || null)}
            onDone={() => save('dueOn')}
          />,
        )}
        {place(
          'priority',
          <PriorityField
            value={values.priority}
            onChange={(priority) => save('priority', priority)}
          />,
        )}
      </div>
      {place(
        'labels',
        <LabelsField
          value={values.labels}
          error={errorOf('labels')}
          onChange={(labels) => save('labels', labels)}
        />,
      )}
      {place(
        'repeat',
        <RepeatField value={values.repeat} onChange={(repeat) => save('repeat', repeat)} />,
      )}
      <p className={styles.times}>
        Created {exactTime(shown.createdAt)}
        {shown.completedAt && <>, completed {exactTime(shown.completedAt)}</>}
      </p>
    </form>
  )
}

function fieldOf(target: EventTarget): string | null | undefined {
  if (!(target instanceof Element)) return undefined
  return target.closest('[data-field]')?.getAttribute('data-field')
}
