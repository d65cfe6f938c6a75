type Messages = Readonly<Record<string, (provider: string) => string>>

/** Messages for the codes that come back with the redirect from the provider. */
const messages = {
  access_denied: (provider) => `You were not signed in at ${provider}. Try again.`,
  account_not_linked: () =>
    'There is already an account with your e-mail address. Sign in with its password.',
  EMAIL_NOT_VERIFIED: (provider) =>
    `${provider} has not verified your e-mail address. Verify it there, then try again.`,
  email_not_found: (provider) => `${provider} does not tell your e-mail address. Ask the operator.`,
  SIGN_UPS_CLOSED: (provider) =>
    `There is no account for your sign-in at ${provider}, and this server accepts no new ones.`,
  INVITATION_REQUIRED: (provider) =>
    `There is no account for your sign-in at ${provider}. A new one needs an invitation: ask the operator of this server, and open its link.`,
  INVITATION_INVALID: () =>
    'The invitation has expired, was used, or is for another e-mail address. Ask the operator for a new one.',
  ACCOUNT_DISABLED: () => 'The operator of this server has disabled your account.',
  state_mismatch: () => 'The sign-in took too long, or was already used. Try again.',
} satisfies Messages

/** The same, of a connection that was refused. */
const connectionMessages: Messages = {
  access_denied: messages.access_denied,
  account_already_linked_to_different_user: (provider) =>
    `This user of ${provider} has another account here. Sign in there as another user, then try again.`,
  unable_to_link_account: (provider) =>
    `The account was not connected. Check that ${provider} has verified your e-mail address, and that you are still signed in here. Then try again.`,
  state_mismatch: () => 'It took too long, or was already used. Try again.',
}

/** In words for the user. The code is shown only if it has no words, for the operator. */
export function explainProviderError(code: string, provider: string): string {
  return (
    explainWith(messages, code, provider) ??
    `The sign-in with ${provider} failed (${code.slice(0, 60)}). Try again, or tell the operator.`
  )
}

/** As `explainProviderError`, for the page of the account. */
export function explainConnectionError(code: string, provider: string): string {
  return (
    explainWith(connectionMessages, code, provider) ??
    `${provider} was not connected (${code.slice(0, 60)}). Try again, or tell the operator.`
  )
}

function explainWith(known: Messages, code: string, provider: string): string | undefined {
  return Object.hasOwn(known, code) ? known[code]?.(provider) : undefined
}
