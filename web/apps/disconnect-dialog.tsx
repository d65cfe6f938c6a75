import { useState } from 'react'
import type { AuthRefusal } from '../auth.ts'
import { nameOf } from '../oauth/authorization.ts'
import { announce } from '../ui/announcer.tsx'
import { Button } from '../ui/button.tsx'
import { Modal } from '../ui/modal.tsx'
import styles from './apps-page.module.css'
import { type ConnectedApp, disconnectApp } from './connected-apps.ts'

type DisconnectDialogProps = {
  connected: ConnectedApp
  onClose: () => void
  onDisconnected: () => void
}

export function DisconnectDialog({ connected, onClose, onDisconnected }: DisconnectDialogProps) {
  const [refusal, setRefusal] = useState<AuthRefusal>()
  const [waiting, setWaiting] = useState(false)
  const name = nameOf(connected.app)

  async function disconnect() {
    if (waiting) return
    setWaiting(true)
    const answer = await disconnectApp(connected.id)
    setWaiting(false)
    if ('refusal' in answer) return setRefusal(answer.refusal)
    announce(`${name} is disconnected`)
    onClose()
    onDisconnected()
  }

  return (
    <Modal title={`Disconnect ${name}?`} onClose={onClose}>
      <p className={styles.words}>
        It can do nothing with your account from now on. What it has done stays. It may ask you
        again.
      </p>
      <p role="alert" className={styles.problem}>
        {refusal?.message}
      </p>
      <div className={styles.buttons}>
        <Button onClick={onClose}>Keep it</Button>
        <Button look="danger" aria-busy={waiting} onClick={disconnect}>
          {waiting ? 'Disconnecting…' : 'Disconnect'}
        </Button>
      </div>
    </Modal>
  )
}
