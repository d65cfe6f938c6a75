import { useId } from 'react'
import { DateFilter } from './date-filter.tsx'
import { priorityWords } from './priority-field.tsx'
import fields from './task-fields.module.css'
import styles from './task-toolbar.module.css'
import { useLabels } from './use-labels.ts'
import { priorities, type TaskView } from './view.ts'

const dueChoices = { '': 'Any', overdue: 'Overdue', today: 'Today', week: 'Next 7 days' } as const

/** `list` without `entry` if it contained it, else with it. */
function toggled<T>(list: readonly T[], entry: T): T[] {
  return list.includes(entry) ? list.filter((one) => one !== entry) : [...list, entry]
}

type TaskFiltersProps = {
  id: string
  view: TaskView
  onChange: (change: Partial<TaskView>, how?: { replace: boolean }) => void
}

export function TaskFilters({ id, view, onChange }: TaskFiltersProps) {
  const name = useId()
  const labels = useLabels()
  return (
    <div id={id} className={styles.filters}>
      <fieldset className={fields.field}>
        <legend className={fields.label}>Priority</legend>
        <div className={fields.choices}>
          {priorities.map((priority) => (
            <button
              key={priority}
              type="button"
              className={fields.chip}
              aria-pressed={view.priority.includes(priority)}
              onClick={() => onChange({ priority: toggled(view.priority, priority) })}
            >
              {priorityWords[priority]}
            </button>
          ))}
        </div>
      </fieldset>
      <fieldset className={fields.field}>
        <legend className={fields.label}>Due</legend>
        <div className={fields.choices}>
          {Object.entries(dueChoices).map(([due, words]) => (
            <label key={due} className={fields.chip}>
              <input
                type="radio"
                name={name}
                className={fields.chipInput}
                checked={view.due === due && !view.from && !view.to}
                onChange={() => onChange({ due: due as TaskView['due'], from: '', to: '' })}
              />
              {words}
            </label>
          ))}
        </div>
        <div className={styles.range}>
          {(['from', 'to'] as const).map((end) => (
            <DateFilter
              key={end}
              label={end === 'from' ? 'From' : 'To'}
              value={view[end]}
              // One history entry for a date, however often it is corrected.
              onChange={(date) => onChange({ [end]: date, due: '' }, { replace: view[end] !== '' })}
            />
          ))}
        </div>
      </fieldset>
      {labels.length > 0 && (
        <fieldset className={fields.field}>
          <legend className={fields.label}>Labels</legend>
          <div className={fields.choices}>
            {labels.map((label) => (
              <button
                key={label.name}
                type="button"
                className={fields.chip}
                aria-pressed={view.labels.includes(label.name)}
                onClick={() => onChange({ labels: toggled(view.labels, label.name) })}
              >
                <bdi>{label.name}</bdi>
              </button>
            ))}
          </div>
        </fieldset>
      )}
    </div>
  )
}
