import { useState } from 'react'
import type { AuthRefusal } from '../auth.ts'
import { announce } from '../ui/announcer.tsx'
import { Button } from '../ui/button.tsx'
import { Modal } from '../ui/modal.tsx'
import { type AccessToken, revokeAccessToken } from './access-tokens.ts'
import styles from './revoke-dialog.module.css'

type RevokeDialogProps = { token: AccessToken; onClose: () => void; onRevoked: () => void }

export function RevokeDialog({ token: { id, name }, onClose, onRevoked }: RevokeDialogProps) {
  const [refusal, setRefusal] = useState<AuthRefusal>()
  const [waiting, setWaiting] = useState(false)

  async function revoke() {
    if (waiting) return
    setWaiting(true)
    const answer = await revokeAccessToken(id)
    setWaiting(false)
    if ('refusal' in answer) return setRefusal(answer.refusal)
    announce(`${name} is revoked`)
    onClose()
    onRevoked()
  }

  return (
    <Modal title={`Revoke ${name}?`} onClose={onClose}>
      <p className={styles.words}>
        Programs that use it are refused from now on. It cannot be brought back.
      </p>
      <p role="alert" className={styles.problem}>
        {refusal?.message}
      </p>
      <div className={styles.buttons}>
        <Button onClick={onClose}>Keep it</Button>
        <Button look="danger" aria-busy={waiting} onClick={revoke}>
          {waiting ? 'Revoking…' : 'Revoke'}
        </Button>
      </div>
    </Modal>
  )
}
