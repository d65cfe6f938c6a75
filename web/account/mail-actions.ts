import { type Answer, askAuth } from '../session/ask-auth.ts'
import { bodyOf, requestAuth, ServerUnreachable } from '../session/auth-http.ts'

/** Everything that the server keeps of the account, as one JSON file. A link with `download`. */
export const exportUrl = '/api/auth/account/export'

/** Sends a link that sets a new password. The answer is the same if no account has the address. */
export const requestPasswordReset = (email: string): Promise<Answer<object>> =>
  askAuth('/request-password-reset', { email })

/** Sends a link that verifies the address of the account that is signed in. */
export const requestVerification = (): Promise<Answer<object>> =>
  askAuth('/send-verification-email', {})

/**
 * Sends a link to the new address. The account has the old one until the link is opened. `password`:
 * undefined only for an account without a password.
 */
export const changeEmail = (input: {
  newEmail: string
  password: string | undefined
}): Promise<Answer<object>> => askAuth('/change-email', input)

export type VerifiedEmail = { email: string; isChanged: boolean }

/** Uses the secret of a link. */
export const verifyEmail = (token: string): Promise<Answer<VerifiedEmail>> =>
  askAuth('/verify-email', { token })

export type OwnEmail = { email: string; isVerified: boolean }

/** The address of the account that is signed in. Undefined: no session, or no answer. */
export async function fetchOwnEmail(): Promise<OwnEmail | undefined> {
  try {
    const { user } = await bodyOf(await requestAuth('/get-session'))
    const { email, emailVerified } = Object(user)
    return typeof email === 'string' ? { email, isVerified: emailVerified !== false } : undefined
  } catch (error) {
    if (error instanceof ServerUnreachable) return undefined
    throw error
  }
}
