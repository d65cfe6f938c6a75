import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { useTaskActions } from './task-actions.tsx'

type ClearCompletedDialogProps = { count: number; onClose: () => void }

export function ClearCompletedDialog({ count, onClose }: ClearCompletedDialogProps) {
  const { clearCompleted } = useTaskActions()
  const many = count === 1 ? '1 completed task' : `${count} completed tasks`
  return (
    <ConfirmDialog
      title={`Delete ${many}?`}
      keep="Keep them"
      act={`Delete ${many}`}
      acting="Deleting…"
      onAct={clearCompleted}
      onClose={onClose}
    >
      They move to the trash, from which you can restore them. Open tasks are kept.
    </ConfirmDialog>
  )
}
