import { useState } from 'react'
import { Button } from '../ui/button.tsx'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { countTasks } from '../ui/count-tasks.ts'
import { useFocusHandover } from '../ui/use-focus-handover.ts'
import { useTaskActions } from './task-actions.tsx'

/**
 * `count`: all tasks in the trash, not only those shown. It stays mounted at 0, because the dialog
 * must move the focus when it closes.
 */
export function EmptyTrash({ count }: { count: number }) {
  const { emptyTrash } = useTaskActions()
  const [asking, setAsking] = useState(false)
  return (
    <>
      {count > 0 && <EmptyTrashButton onClick={() => setAsking(true)} />}
      {asking && (
        <ConfirmDialog
          title={`Delete ${countTasks(count)} forever?`}
          keep="Keep them"
          act="Empty trash"
          acting="Emptying…"
          onAct={emptyTrash}
          onClose={() => setAsking(false)}
        >
          All tasks in the trash are deleted. They cannot be brought back afterwards.
        </ConfirmDialog>
      )}
    </>
  )
}

function EmptyTrashButton({ onClick }: { onClick: () => void }) {
  const button = useFocusHandover<HTMLButtonElement>()
  return (
    <Button ref={button} look="danger" onClick={onClick}>
      Empty trash
    </Button>
  )
}
