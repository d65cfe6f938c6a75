import { useState } from 'react'
import { useSearchParams } from 'react-router'
import { askAuth } from '../session/ask-auth.ts'
import type { AuthRefusal } from '../session/session.ts'
import { Button } from '../ui/button.tsx'
import { FormProblem } from '../ui/form-problem.tsx'
import { useNext } from './account-page.tsx'
import { explainProviderError } from './provider-errors.ts'
import styles from './provider-sign-in.module.css'

type ProviderSignInProps = {
  /** The name of the OpenID provider. */
  provider: string
  /** The secret of an invitation, for a first sign-in. */
  invitation?: string | undefined
}

/** Leads to the OpenID provider, and shows why the provider or the server refused the user. */
export function ProviderSignIn({ provider, invitation }: ProviderSignInProps) {
  const next = useNext()
  const [params] = useSearchParams()
  const [refusal, setRefusal] = useState<AuthRefusal>()
  const [waiting, setWaiting] = useState(false)

  async function leave() {
    if (waiting) return
    setWaiting(true)
    const answer = await askAuth<{ url: string }>('/sign-in/social', {
      provider: 'oidc',
      callbackURL: new URL(next, window.location.origin).href,
      errorCallbackURL: pageWithoutError(),
      ...(invitation && { additionalData: { invitation } }),
    })
    if ('value' in answer) return window.location.assign(answer.value.url)
    setRefusal(answer.refusal)
    setWaiting(false)
  }

  const error = params.get('error')
  return (
    <div className={styles.provider}>
      <p className={styles.or}>or</p>
      <Button onClick={leave} aria-busy={waiting}>
        {waiting ? `Opening ${provider}…` : `Continue with ${provider}`}
      </Button>
      <FormProblem>
        {refusal?.message ?? (error ? explainProviderError(error, provider) : undefined)}
      </FormProblem>
    </div>
  )
}

/** The sign-in page as it is, for the case that the sign-in fails. */
function pageWithoutError(): string {
  const { origin, search } = window.location
  const params = new URLSearchParams(search)
  for (const name of ['error', 'error_description']) params.delete(name)
  return `${origin}/sign-in${params.size > 0 ? `?${params}` : ''}`
}
