import { useEffect, useState } from 'react'
import { bodyOf, requestAuth, ServerUnreachable } from '../session/auth-http.ts'

/**
 * What the server offers. `provider`: the name of its OpenID provider, if it has one. `mail`: whether
 * it can send e-mail.
 */
export type SignInOptions = {
  signUps: 'open' | 'invite' | 'closed'
  provider: string | undefined
  mail: boolean
}

/** If the server does not answer. The forms then show its refusals. */
const fallback: SignInOptions = { signUps: 'open', provider: undefined, mail: true }

async function fetchSignInOptions(): Promise<SignInOptions> {
  try {
    const { signUps, provider, mail } = await bodyOf(await requestAuth('/sign-in-options'))
    return {
      signUps: signUps === 'invite' || signUps === 'closed' ? signUps : 'open',
      provider: typeof provider === 'string' ? provider : undefined,
      mail: mail !== false,
    }
  } catch (error) {
    if (error instanceof ServerUnreachable) return fallback
    throw error
  }
}

/** Undefined: not known yet. */
export function useSignInOptions(): SignInOptions | undefined {
  const [options, setOptions] = useState<SignInOptions>()
  useEffect(() => {
    let isShown = true
    void fetchSignInOptions().then((known) => isShown && setOptions(known))
    return () => {
      isShown = false
    }
  }, [])
  return options
}
