import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { useTaskActions } from './task-actions.tsx'

type PurgeDialogProps = { task: { id: string; title: string }; onClose: () => void }

export function PurgeDialog({ task, onClose }: PurgeDialogProps) {
  const { purge } = useTaskActions()
  return (
    <ConfirmDialog
      title="Delete this task forever?"
      keep="Keep it"
      act="Delete forever"
      acting="Deleting…"
      onAct={() => purge(task)}
      onClose={onClose}
    >
      “<bdi>{task.title}</bdi>” cannot be brought back afterwards.
    </ConfirmDialog>
  )
}
