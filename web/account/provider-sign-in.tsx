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
  /** Keeps this page, and opens a tab. */
  inNewTab?: boolean
}

const tabBlocked: AuthRefusal = {
  code: 'TAB_BLOCKED',
  message: 'The browser did not allow a new tab. Allow it for this site, then try again.',
}

/** Leads to the OpenID provider, and shows why the provider or the server refused the user. */
export function ProviderSignIn({ provider, invitation, inNewTab }: ProviderSignInProps) {
  const next = useNext()
  const [params] = useSearchParams()
  const [refusal, setRefusal] = useState<AuthRefusal>()
  const [waiting, setWaiting] = useState(false)

  async function leave() {
    if (waiting) return
    const target = inNewTab ? openTab() : window
    if (!target) return setRefusal(tabBlocked)
    setWaiting(true)
    const { origin } = window.location
    const answer = await askAuth<{ url: string }>('/sign-in/social', {
      provider: 'oidc',
      callbackURL: new URL(inNewTab ? '/account' : next, origin).href,
      errorCallbackURL: pageWithoutError(),
      ...(invitation && { additionalData: { invitation } }),
    })
    if ('value' in answer) {
      target.location.assign(answer.value.url)
      if (inNewTab) setWaiting(false)
    } else {
      if (inNewTab) target.close()
      setRefusal(answer.refusal)
      setWaiting(false)
    }
  }

  const error = params.get('error')
  return (
    <div className={styles.provider}>
      <p className={styles.or}>or</p>
      <Button look="framed" onClick={leave} aria-busy={waiting}>
        {waiting ? `Opening ${provider}…` : `Continue with ${provider}`}
      </Button>
      {inNewTab && <p>It opens a new tab. Come back to this one when you are signed in.</p>}
      <FormProblem>
        {refusal?.message ?? (error ? explainProviderError(error, provider) : undefined)}
      </FormProblem>
    </div>
  )
}

/** Call it before awaiting: a browser opens a tab only as the response to a click. */
function openTab(): Window | null {
  const tab = window.open('about:blank')
  if (tab) tab.opener = null // the provider must not reach this page
  return tab
}

/** The sign-in page as it is, for the case that the sign-in fails. */
function pageWithoutError(): string {
  const { origin, search } = window.location
  const params = new URLSearchParams(search)
  for (const name of ['error', 'error_description']) params.delete(name)
  return `${origin}/sign-in${params.size > 0 ? `?${params}` : ''}`
}
