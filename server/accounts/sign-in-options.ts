import type { BetterAuthPlugin } from 'better-auth'
import { createAuthEndpoint } from 'better-auth/api'
import type { SignUps } from './sign-ups.ts'

/**
 * What the sign-in and sign-up pages offer. `provider`: the name of the OpenID provider. `mail`:
 * whether e-mail can be sent, so that users can set a new password themselves.
 */
export type SignInOptions = { signUps: SignUps; provider: string | null; mail: boolean }

/** GET /sign-in-options. Needs no session. */
export function signInOptions(options: SignInOptions) {
  return {
    id: 'sign-in-options',
    endpoints: {
      signInOptions: createAuthEndpoint('/sign-in-options', { method: 'GET' }, async (context) =>
        context.json(options),
      ),
    },
  } satisfies BetterAuthPlugin
}
