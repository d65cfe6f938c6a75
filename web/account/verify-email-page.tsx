import { useState } from 'react'
import { useLocation } from 'react-router'
import { announce } from '../ui/announcer.tsx'
import { Button } from '../ui/button.tsx'
import styles from '../ui/entry-page.module.css'
import { EntryPage } from '../ui/entry-page.tsx'
import { FormProblem } from '../ui/form-problem.tsx'
import { type VerifiedEmail, verifyEmail } from './mail-actions.ts'

const title = 'Confirm your email address'

/** The page of a link in an e-mail. A button, because programs that scan mailboxes open links. */
export function VerifyEmailPage() {
  const token = new URLSearchParams(useLocation().hash.slice(1)).get('token') ?? ''
  const [status, setStatus] = useState<'waiting' | VerifiedEmail>()
  const [problem, setProblem] = useState<string>()

  async function confirm() {
    if (status === 'waiting') return
    setStatus('waiting')
    const answer = await verifyEmail(token)
    const isRefused = 'refusal' in answer
    setProblem(isRefused ? answer.refusal.message : undefined)
    setStatus(isRefused ? undefined : answer.value)
    if (!isRefused) announce(describe(answer.value))
  }

  return (
    <EntryPage title={title} line="Your own task list, and an API for the programs you trust.">
      <h1 className={styles.title}>{title}</h1>
      {typeof status === 'object' ? (
        <p>{describe(status)}</p>
      ) : (
        <>
          <p>Confirm that you have received the email with this link.</p>
          <FormProblem>{problem}</FormProblem>
          <Button look="primary" aria-busy={status === 'waiting'} onClick={confirm}>
            {status === 'waiting' ? 'Confirming…' : 'Confirm'}
          </Button>
        </>
      )}
      <p className={styles.aside}>
        {/* Loads the page anew: the account has another address now. */}
        {problem ? <a href="/account">Request a new link</a> : <a href="/">Go to your tasks</a>}
      </p>
    </EntryPage>
  )
}

function describe({ email, isChanged }: VerifiedEmail): string {
  return isChanged
    ? `The email address of your account is now ${email}. Sign in with it from now on.`
    : `${email} is verified.`
}
