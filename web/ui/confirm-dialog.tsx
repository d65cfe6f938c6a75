import { type ReactNode, useState } from 'react'
import { Button } from './button.tsx'
import styles from './confirm-dialog.module.css'
import { Modal } from './modal.tsx'

type ConfirmDialogProps = {
  title: string
  /** The consequences. */
  children: ReactNode
  keep: string
  act: string
  acting: string
  /** Resolves to the reason of a failure. Undefined: success, and the dialog closes. */
  onAct: () => Promise<{ message: string } | undefined>
  onClose: () => void
}

/** Asks for confirmation before an action. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { title, children, keep, act, acting, onAct, onClose } = props
  const [problem, setProblem] = useState<string>()
  const [waiting, setWaiting] = useState(false)

  async function confirm() {
    if (waiting) return
    setWaiting(true)
    const refusal = await onAct()
    setWaiting(false)
    if (refusal) setProblem(refusal.message)
    else onClose()
  }

  return (
    <Modal title={title} onClose={onClose}>
      <p className={styles.words}>{children}</p>
      <p role="alert" className={styles.problem}>
        {problem}
      </p>
      <div className={styles.buttons}>
        <Button onClick={onClose}>{keep}</Button>
        <Button look="danger" aria-busy={waiting} onClick={confirm}>
          {waiting ? acting : act}
        </Button>
      </div>
    </Modal>
  )
}
