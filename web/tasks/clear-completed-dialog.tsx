import { useState } from 'react'
import { Button } from '../ui/button.tsx'
import { Modal } from '../ui/modal.tsx'
import styles from './clear-completed-dialog.module.css'
import type { Refusal } from './refusal.ts'
import { useTaskActions } from './task-actions.tsx'

type ClearCompletedDialogProps = { count: number; onClose: () => void }

export function ClearCompletedDialog({ count, onClose }: ClearCompletedDialogProps) {
  const { clearCompleted } = useTaskActions()
  const [refusal, setRefusal] = useState<Refusal>()
  const [waiting, setWaiting] = useState(false)
  const many = count === 1 ? '1 completed task' : `${count} completed tasks`

  async function clear() {
    setWaiting(true)
    const refused = await clearCompleted()
    setWaiting(false)
    if (refused) setRefusal(refused)
    else onClose()
  }

  return (
    <Modal title={`Delete ${many}?`} onClose={onClose}>
      <p className={styles.words}>
        They are deleted from all views, for good. Open tasks stay as they are.
      </p>
      <p role="alert" className={styles.problem}>
        {refusal?.message}
      </p>
      <div className={styles.buttons}>
        <Button onClick={onClose}>Keep them</Button>
        <Button look="danger" aria-busy={waiting} onClick={clear}>
          {waiting ? 'Deleting…' : `Delete ${many}`}
        </Button>
      </div>
    </Modal>
  )
}
