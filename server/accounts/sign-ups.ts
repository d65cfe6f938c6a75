import type { AuthContext, BetterAuthPlugin } from 'better-auth'
import { APIError, type createAuthMiddleware, getOAuthState } from 'better-auth/api'
import { toInvitationId } from './one-time-links.ts'

/** Who may create an account: everyone, users with an invitation, or no user. */
export type SignUps = 'open' | 'invite' | 'closed'

type Adapter = AuthContext['internalAdapter']
type Invited = { email: string; invitation: unknown }
type HookContext = Parameters<Parameters<typeof createAuthMiddleware>[0]>[0]

/**
 * Refuses a sign-up before its password is hashed. The invitation stays valid.
 * @throws APIError 403 if `SIGN_UPS` does not allow the account.
 */
export async function requireSignUp(
  signUps: SignUps,
  adapter: Adapter,
  invited: Invited,
): Promise<void> {
  await checkSignUp(signUps, invited, (id) => adapter.findVerificationValue(id))
}

/**
 * Applies SIGN_UPS to each new account, however it is created. Runs in the transaction that creates
 * the account: an invitation that two requests use at the same time makes one account, and one whose
 * sign-up fails stays valid.
 */
export function signUpRule(signUps: SignUps) {
  return {
    id: 'sign-up-rule',
    init: () => ({ options: { databaseHooks: { user: { create: { before: check } } } } }),
  } satisfies BetterAuthPlugin

  async function check({ email }: { email: string }, context: HookContext | null): Promise<void> {
    if (!context) throw new Error('An account is created outside of a request.')
    const { internalAdapter } = context.context
    const invitation = await readInvitation(context)
    await checkSignUp(signUps, { email, invitation }, (id) =>
      internalAdapter.consumeVerificationValue(id),
    )
  }
}

/** Of the form of a sign-up, or of the sign-in that led to the OpenID provider and back. */
async function readInvitation({ path, body }: HookContext): Promise<unknown> {
  return path === '/sign-up/email' ? body.invitation : (await getOAuthState())?.invitation
}

/** `read`: finds the invitation, or consumes it. Only the latter refuses one that has expired. */
async function checkSignUp(
  signUps: SignUps,
  { email, invitation }: Invited,
  read: (id: string) => Promise<{ value: string } | null | undefined>,
): Promise<void> {
  if (signUps === 'open') return
  if (signUps === 'closed') throw refuse('SIGN_UPS_CLOSED')
  if (typeof invitation !== 'string' || invitation === '') throw refuse('INVITATION_REQUIRED')
  const found = await read(toInvitationId(invitation))
  if (found?.value !== email.toLowerCase()) throw refuse('INVITATION_INVALID')
}

const messages = {
  SIGN_UPS_CLOSED:
    'This server accepts no new accounts. Sign in to an account that exists, or ask the operator.',
  INVITATION_REQUIRED:
    'A new account needs an invitation. Ask the operator of this server for one, and open its link.',
  INVITATION_INVALID:
    'The invitation has expired, was used, or is for another e-mail address. Ask the operator for a new one.',
}

function refuse(code: keyof typeof messages): APIError {
  return new APIError('FORBIDDEN', { code, message: messages[code] })
}
