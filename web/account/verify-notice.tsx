import { useEffect, useState } from 'react'
import { announce } from '../ui/announcer.tsx'
import { Button } from '../ui/button.tsx'
import { fetchOwnEmail, requestVerification } from './mail-actions.ts'
import { useSignInOptions } from './sign-in-options.ts'
import styles from './verify-notice.module.css'

/** Offers a link that verifies the address of the account. Nothing if it is verified. */
export function VerifyNotice() {
  const email = useUnverifiedEmail()
  return email ? <UnverifiedEmail email={email} /> : null
}

function UnverifiedEmail({ email }: { email: string }) {
  const canSend = useSignInOptions()?.mail === true
  const [state, setState] = useState<'waiting' | 'sent'>()
  const [problem, setProblem] = useState<string>()
  if (!canSend) return null

  async function send() {
    if (state === 'waiting') return
    setState('waiting')
    const answer = await requestVerification()
    const isRefused = 'refusal' in answer
    setProblem(isRefused ? answer.refusal.message : undefined)
    setState(isRefused ? undefined : 'sent')
    announce(isRefused ? answer.refusal.message : sentTo(email))
  }

  return (
    <div className={styles.notice}>
      <p>{state === 'sent' ? sentTo(email) : `${email} is not verified.`}</p>
      {state !== 'sent' && (
        <Button aria-busy={state === 'waiting'} onClick={send}>
          {state === 'waiting' ? 'Sending the link…' : 'Send verification link'}
        </Button>
      )}
      {problem && <p>{problem}</p>}
    </div>
  )
}

const sentTo = (email: string) => `A link was sent to ${email}. It works once, within a day.`

/** Undefined: not known yet, or it is verified. */
function useUnverifiedEmail(): string | undefined {
  const [email, setEmail] = useState<string>()
  useEffect(() => {
    let isShown = true
    void fetchOwnEmail().then((own) => {
      if (isShown && own && !own.isVerified) setEmail(own.email)
    })
    return () => {
      isShown = false
    }
  }, [])
  return email
}
