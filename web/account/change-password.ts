import { type Answer, askAuth } from '../session/ask-auth.ts'
import { dropToken, heldToken } from '../session/session.ts'

export type NewPassword = {
  currentPassword: string
  newPassword: string
  /** Also revokes what a password change does not end. */
  revokeAccessTokens: boolean
  disconnectApps: boolean
}

/** Changes the password of the account that is signed in; its other sessions end. */
export async function changePassword(input: NewPassword): Promise<Answer<object>> {
  const answer = await askAuth<object>('/change-password', input)
  // The page's token belongs to the session that ended: the next one belongs to the new session.
  const held = 'value' in answer ? heldToken() : undefined
  if (held) dropToken(held.jwt)
  return answer
}
