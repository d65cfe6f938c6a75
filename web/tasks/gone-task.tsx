import { useRef, useState } from 'react'
import { useSession } from '../session/use-session.ts'
import { announce } from '../ui/announcer.tsx'
import { Button } from '../ui/button.tsx'
import { copyText } from '../ui/secure-apis.ts'
import { useOpenTask } from './open-task.tsx'
import styles from './open-task-place.module.css'
import { useTaskActions } from './task-actions.tsx'
import { keepTaskDraft, readTaskDraft } from './task-draft.ts'

/** In place of the details of a task that was deleted elsewhere. Shows the text that is not saved. */
export function GoneTask({ id, onRestored }: { id: string; onRestored: () => void }) {
  const session = useSession()
  const accountId = 'account' in session ? session.account.id : undefined
  const { restore } = useTaskActions()
  const { close } = useOpenTask()
  const [draft] = useState(() => readTaskDraft(accountId, id))
  const shown = useRef<HTMLParagraphElement>(null)
  const text = [draft.title?.mine, draft.description?.mine].filter(Boolean).join('\n\n')

  async function copy() {
    const isCopied = shown.current !== null && (await copyText(shown.current))
    announce(isCopied ? 'Copied.' : 'The browser did not copy. Your text is selected.')
  }

  async function bringBack() {
    await restore({ id, title: draft.title?.base ?? 'The task' })
    onRestored()
  }

  function leave() {
    keepTaskDraft(accountId, id, {})
    close()
  }

  return (
    <div className={styles.gone} role="alert">
      <h2 className={styles.heading}>This task is not in your list any more</h2>
      <p>
        It was deleted elsewhere, or the link is old. You can restore it while it is in the trash.
      </p>
      {text && (
        <>
          <p>Your text is not saved:</p>
          <p ref={shown} dir="auto" className={styles.unsaved}>
            {text}
          </p>
        </>
      )}
      <div className={styles.actions}>
        <Button look="primary" onClick={bringBack}>
          Restore the task
        </Button>
        {text && (
          <Button look="framed" onClick={copy}>
            Copy your text
          </Button>
        )}
        <Button onClick={leave}>{text ? 'Discard and close' : 'Close'}</Button>
      </div>
    </div>
  )
}
