import { type SubmitEvent, useEffect, useState } from 'react'
import { useSearchParams } from 'react-router'
import { askAuth } from '../session/ask-auth.ts'
import { ConfirmPassword } from '../session/confirm-password.tsx'
import type { AuthRefusal } from '../session/session.ts'
import { Button } from '../ui/button.tsx'
import { FormProblem } from '../ui/form-problem.tsx'
import { PageSection } from '../ui/page-section.tsx'
import { useRefusal } from '../ui/use-refusal.ts'
import { explainConnectionError } from './provider-errors.ts'
import styles from './settings.module.css'
import { useSignInOptions } from './sign-in-options.ts'

/** Connects the OpenID provider to the account. Renders nothing if the server has none. */
export function ProviderConnection() {
  const provider = useSignInOptions()?.provider
  const isConnected = useIsConnected(provider !== undefined)
  if (provider === undefined || isConnected === undefined) return null
  return (
    <PageSection title={`Sign in with ${provider}`}>
      {isConnected ? (
        <p>{provider} is connected: you can sign in with it.</p>
      ) : (
        <ConnectForm provider={provider} />
      )}
    </PageSection>
  )
}

/** Undefined: not known, because there is no provider or no answer. */
function useIsConnected(hasProvider: boolean): boolean | undefined {
  const [isConnected, setIsConnected] = useState<boolean>()
  useEffect(() => {
    if (!hasProvider) return
    let isShown = true
    void askAuth<{ providerId: string }[]>('/list-accounts').then((answer) => {
      if (isShown && 'value' in answer)
        setIsConnected(answer.value.some(({ providerId }) => providerId === 'oidc'))
    })
    return () => {
      isShown = false
    }
  }, [hasProvider])
  return isConnected
}

/** Leads to the provider and back to this page. Asks for the password if the sign-in was long ago. */
function ConnectForm({ provider }: { provider: string }) {
  const [params] = useSearchParams()
  const { form, setRefusal, errorOf } = useRefusal<AuthRefusal>()
  const [asksPassword, setAsksPassword] = useState(false)
  const [waiting, setWaiting] = useState(false)

  async function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault()
    const password = new FormData(event.currentTarget).get('password')
    if (waiting) return
    setWaiting(true)
    const page = `${window.location.origin}/account`
    const answer = await askAuth<{ url: string }>('/link-social', {
      provider: 'oidc',
      callbackURL: page,
      errorCallbackURL: page,
      ...(password !== null && { password }),
    })
    if ('value' in answer) return window.location.assign(answer.value.url)
    setWaiting(false)
    setRefusal(answer.refusal)
    if (answer.refusal.code === 'SESSION_NOT_FRESH') setAsksPassword(true)
  }

  const error = params.get('error')
  return (
    <form
      noValidate
      ref={form}
      className={styles.form}
      aria-label={`Connect ${provider}`}
      onSubmit={submit}
    >
      <p>Connect {provider} to sign in with it, beside your password.</p>
      {asksPassword && <ConfirmPassword error={errorOf('password')} />}
      <FormProblem>
        {errorOf() ?? (error ? explainConnectionError(error, provider) : undefined)}
      </FormProblem>
      <Button type="submit" look="framed" aria-busy={waiting}>
        {waiting ? `Opening ${provider}…` : `Connect ${provider}`}
      </Button>
    </form>
  )
}
