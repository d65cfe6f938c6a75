import { useRef, useState } from 'react'
import type { Refusal } from '../api/refusal.ts'
import { useTaskActions } from './task-actions.tsx'
import styles from './task-title.module.css'
import { TitleEditor } from './title-editor.tsx'

type TaskTitleProps = { id: string; title: string; disabled: boolean }

/** A title that is edited in place. */
export function TaskTitle({ id, title, disabled }: TaskTitleProps) {
  const { update } = useTaskActions()
  const button = useRef<HTMLButtonElement>(null)
  /** The text in the editor. Undefined: not editing. */
  const [draft, setDraft] = useState<string>()
  const [refusal, setRefusal] = useState<Refusal>()
  const [takesFocus, setTakesFocus] = useState(true)

  function close(refocus: boolean) {
    setDraft(undefined)
    setRefusal(undefined)
    // The button is rendered again only after this update.
    if (refocus) requestAnimationFrame(() => button.current?.focus())
  }

  async function save(typed: string, refocus: boolean) {
    const text = typed.trim()
    close(refocus)
    if (!text || text === title) return
    const refused = await update({ id, title: text })
    if (!refused) return
    // Do not take the focus from a user who moved on, for example to sign in again.
    const focused = document.activeElement
    setTakesFocus(focused === button.current || focused === document.body)
    setRefusal(refused)
    setDraft(typed)
  }

  if (draft !== undefined)
    return (
      <TitleEditor
        value={draft}
        error={refusal?.message}
        takesFocus={takesFocus}
        onChange={setDraft}
        onSave={save}
        onCancel={() => close(true)}
      />
    )
  return (
    <button
      ref={button}
      type="button"
      dir="auto"
      className={styles.title}
      aria-label={`Edit ${title}`}
      disabled={disabled}
      onClick={() => {
        setTakesFocus(true)
        setDraft(title)
      }}
    >
      {title}
    </button>
  )
}
