import { type ReactNode, useState } from 'react'
import { highestLimit } from '../gql/brake-limits.ts'
import { type AuthRefusal, signOut } from '../session/session.ts'
import { useSession } from '../session/use-session.ts'
import { appName, describeDestination, isOnDevice } from '../ui/app-words.ts'
import { Button } from '../ui/button.tsx'
import frame from '../ui/entry-page.module.css'
import { FormProblem } from '../ui/form-problem.tsx'
import { Icon } from '../ui/icon.tsx'
import {
  LimitFields,
  type LimitRefusal,
  type Limits,
  limitsFor,
  readLimits,
} from '../ui/limit-fields.tsx'
import { useRefusal } from '../ui/use-refusal.ts'
import { type AuthorizationRequest, decide } from './authorization.ts'
import styles from './consent-page.module.css'

type ConsentFormProps = { request: AuthorizationRequest; oauthQuery: string }
type Decision = 'allow' | 'deny'

export function ConsentForm({ request, oauthQuery }: ConsentFormProps) {
  const { app, scopes } = request
  const [deciding, setDeciding] = useState<Decision>()
  const { form, setRefusal, errorOf } = useRefusal<AuthRefusal | LimitRefusal>()
  const name = <bdi>{appName(app)}</bdi>

  async function leave(decision: Decision) {
    if (deciding) return
    const accept = decision === 'allow'
    const limits = accept && form.current ? readLimits(form.current, highestLimit) : {}
    if ('message' in limits) return setRefusal(limits)
    setDeciding(decision)
    const answer = await decide(oauthQuery, { accept, ...limits })
    // The buttons stay busy until the app's page has loaded.
    if ('value' in answer) return window.location.assign(answer.value.url)
    setDeciding(undefined)
    setRefusal(answer.refusal)
  }

  return (
    <>
      <h1 className={frame.title}>Allow {name} to use your account?</h1>
      <p className={styles.place}>
        If you allow it, you are sent to <strong>{describeDestination(app.redirectUri)}</strong>
      </p>
      <Account onRefusal={setRefusal} />
      <section aria-labelledby="may">
        <h2 id="may" className={styles.may}>
          It may
        </h2>
        <ul className={styles.scopes}>
          {scopes.map(({ scope, meaning }) => (
            <li key={scope}>
              <Icon name="check" />
              {meaning}
            </li>
          ))}
          {scopes.length === 0 && <li>Know that you have an account, and nothing else.</li>}
        </ul>
      </section>
      <form ref={form} noValidate onSubmit={(event) => event.preventDefault()}>
        <LimitsOf request={request} errorOf={errorOf} />
      </form>
      <p className={styles.warning}>
        <Identity app={app} name={name} /> Allow it only if you have just asked for this yourself
        and know where you are sent.
      </p>
      <FormProblem>{errorOf()}</FormProblem>
      <div className={styles.buttons}>
        <Button look="primary" aria-busy={deciding === 'allow'} onClick={() => leave('allow')}>
          {deciding === 'allow' ? 'Allowing…' : 'Allow'}
        </Button>
        <Button aria-busy={deciding === 'deny'} onClick={() => leave('deny')}>
          {deciding === 'deny' ? 'Denying…' : 'Deny'}
        </Button>
      </div>
      <p className={frame.aside}>You can disconnect it at any time under “Connected apps”.</p>
    </>
  )
}

type IdentityProps = { app: AuthorizationRequest['app']; name: ReactNode }

/** What Taskward knows about the app beyond its own words. */
function Identity({ app: { publisher, redirectUri }, name }: IdentityProps) {
  if (publisher === null) return <>{name} registered itself; Taskward has not checked it.</>
  const host = <strong>{publisher}</strong>
  return isOnDevice(redirectUri) ? (
    <>
      {name} says that it is the app of {host}. It runs on this device, where Taskward cannot check
      that.
    </>
  ) : (
    <>
      {name} is an app of {host}. Taskward has checked nothing else about it.
    </>
  )
}

type LimitsOfProps = {
  request: AuthorizationRequest
  errorOf: (field: keyof Limits) => string | undefined
}

function LimitsOf({ request: { scopes, maxDeletions, maxChanges }, errorOf }: LimitsOfProps) {
  const names = scopes.map(({ scope }) => scope)
  const limits = limitsFor(names, { maxDeletions, maxChanges })
  return limits && <LimitFields limits={limits} errorOf={errorOf} />
}

/** Shows which account is signed in, because a computer may have several users. */
function Account({ onRefusal }: { onRefusal: (refusal: AuthRefusal | undefined) => void }) {
  const session = useSession()
  if (!('account' in session)) return null
  const { name, email } = session.account
  return (
    <div className={styles.account}>
      <p className={styles.words}>
        You are signed in as <bdi>{name}</bdi>, {email}.
      </p>
      {/* Signing in leads back to this request. */}
      <Button onClick={async () => onRefusal(await signOut())}>Use another account</Button>
    </div>
  )
}
