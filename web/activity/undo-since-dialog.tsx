import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { exactTime } from '../ui/date-words.ts'
import type { Actor } from './change.ts'
import { actorName } from './change-words.ts'

/** Everything that an actor did since a moment; undefined: since the history begins. */
export type Since = { actor: Actor; occurredAtOrAfter?: string | undefined }

type UndoSinceDialogProps = {
  since: Since
  /** Resolves to the reason of a failure. */
  onUndo: (since: Since) => Promise<{ message: string } | undefined>
  onClose: () => void
}

export function UndoSinceDialog({ since, onUndo, onClose }: UndoSinceDialogProps) {
  const { actor, occurredAtOrAfter } = since
  const who = actor.kind === 'PERSON' ? 'you' : actorName(actor)
  return (
    <ConfirmDialog
      title={`Undo everything ${who} did?`}
      keep="Keep the changes"
      act="Undo everything"
      acting="Undoing…"
      onAct={() => onUndo(since)}
      onClose={onClose}
    >
      {occurredAtOrAfter
        ? `All changes since ${exactTime(occurredAtOrAfter)} are undone, the newest first. `
        : 'All changes that are kept are undone, the newest first. '}
      If another person or program has changed a task again, that change stays, and you see which
      task it is.
    </ConfirmDialog>
  )
}
