import type { Refusal } from '../api/refusal.ts'
import { Button } from '../ui/button.tsx'
import styles from './task-details.module.css'
import { type TaskField, taskFields } from './task-values.ts'
import type { SaveState } from './use-task-edits.ts'

type SaveStatusProps = {
  status: SaveState
  refusal: Refusal | undefined
  conflicts: readonly TaskField[]
  saveAll: () => void
}

/** Whether the edits are saved. Errors that concern no field are shown here. */
export function SaveStatus({ status, refusal, conflicts, saveAll }: SaveStatusProps) {
  const isOfField =
    refusal?.code === 'BAD_USER_INPUT' && taskFields.some((one) => one === refusal.field)
  if (refusal && !isOfField)
    return (
      <div className={styles.problem} role="alert">
        <p>Not saved. {refusal.message}</p>
        <Button onClick={saveAll}>Try again</Button>
      </div>
    )
  return (
    <p className={styles.status}>
      {status === 'saving' && 'Saving…'}
      {status === 'saved' && 'Saved'}
      {status === 'unsaved' && (conflicts.length > 0 ? 'Changed elsewhere' : 'Not saved yet')}
      {status === 'unsaved' && conflicts.length === 0 && (
        <Button className={styles.save} onClick={saveAll}>
          Save
        </Button>
      )}
    </p>
  )
}
