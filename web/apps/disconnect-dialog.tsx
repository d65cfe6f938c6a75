import { announce } from '../ui/announcer.tsx'
import { appName } from '../ui/app-words.ts'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { type ConnectedApp, disconnectApp } from './connected-apps.ts'

type DisconnectDialogProps = {
  connected: ConnectedApp
  onClose: () => void
  onDisconnected: () => void
}

export function DisconnectDialog({ connected, onClose, onDisconnected }: DisconnectDialogProps) {
  const name = appName(connected.app)

  async function disconnect() {
    const answer = await disconnectApp(connected.id)
    if ('refusal' in answer) return answer.refusal
    announce(`${name} is disconnected`)
    onDisconnected()
    return undefined
  }

  return (
    <ConfirmDialog
      title={`Disconnect ${name}?`}
      keep="Keep it"
      act="Disconnect"
      acting="Disconnecting…"
      onAct={disconnect}
      onClose={onClose}
    >
      It can no longer use your account. Its changes are kept. It may ask you again.
    </ConfirmDialog>
  )
}
