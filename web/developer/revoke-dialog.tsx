import { announce } from '../ui/announcer.tsx'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { type AccessToken, revokeAccessToken } from './access-tokens.ts'

type RevokeDialogProps = { token: AccessToken; onClose: () => void; onRevoked: () => void }

export function RevokeDialog({ token: { id, name }, onClose, onRevoked }: RevokeDialogProps) {
  async function revoke() {
    const answer = await revokeAccessToken(id)
    if ('refusal' in answer) return answer.refusal
    announce(`${name} is revoked`)
    onRevoked()
    return undefined
  }

  return (
    <ConfirmDialog
      title={`Revoke ${name}?`}
      keep="Keep it"
      act="Revoke"
      acting="Revoking…"
      onAct={revoke}
      onClose={onClose}
    >
      Programs that use it are refused from now on. It cannot be brought back.
    </ConfirmDialog>
  )
}
