import { BetterAuthError } from '@better-auth/core/error'
import { SetupFault } from '#db/app-role.ts'
import { requireDatabase } from '#db/availability.ts'
import type { Auth } from './auth.ts'

/**
 * Signs a token that is not given to a client. The public keys alone do not show whether the private
 * ones can be decrypted.
 * @throws SetupFault when the keys were encrypted with another secret; DatabaseUnavailable.
 */
export async function requireSigning({ api }: Auth): Promise<void> {
  try {
    await requireDatabase(() => api.signJWT({ body: { payload: {} } }))
  } catch (cause) {
    if (!(cause instanceof BetterAuthError)) throw cause
    throw new SetupFault(
      'No token can be signed, because the signing keys were encrypted with another ' +
        'BETTER_AUTH_SECRET. Set the secret of that time, or replace the keys and end all tokens: ' +
        'npm run keys:rotate -- --leaked',
      { cause },
    )
  }
}
