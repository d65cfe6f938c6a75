import { type SubmitEvent, useState } from 'react'
import { Link, useLocation } from 'react-router'
import { askAuth } from '../session/ask-auth.ts'
import { announce } from '../ui/announcer.tsx'
import { Button } from '../ui/button.tsx'
import styles from '../ui/entry-page.module.css'
import { EntryPage } from '../ui/entry-page.tsx'
import { useRefusal } from '../ui/use-refusal.ts'
import { AccountForm } from './account-form.tsx'
import { NewPasswordField } from './new-password-field.tsx'

type Refusal = { message: string; field?: 'newPassword' }

const title = 'Set a new password'
const done = 'Your password is set. Your sessions, access tokens and connected apps have ended.'

/** The page of a link of an e-mail or an operator. Its secret is in the fragment. */
export function ResetPasswordPage() {
  const token = new URLSearchParams(useLocation().hash.slice(1)).get('token') ?? ''
  const { form, setRefusal, errorOf } = useRefusal<Refusal>()
  const [status, setStatus] = useState<'waiting' | 'done'>()

  async function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault()
    if (status === 'waiting') return
    const newPassword = String(new FormData(event.currentTarget).get('newPassword') ?? '')
    setStatus('waiting')
    const refused = await setPassword(token, newPassword)
    setRefusal(refused)
    setStatus(refused ? undefined : 'done')
    if (!refused) announce(done)
  }

  return (
    <EntryPage title={title} line="Your own task list, and an API for the programs you trust.">
      <h1 className={styles.title}>{title}</h1>
      {status === 'done' ? (
        <>
          <p>{done}</p>
          <p className={styles.aside}>
            {/* Loads the page anew: the session of this browser may have ended too. */}
            <a href="/sign-in">Sign in</a>
          </p>
        </>
      ) : (
        <>
          <AccountForm ref={form} onSubmit={submit} problem={errorOf()}>
            <NewPasswordField
              label="New password"
              name="newPassword"
              error={errorOf('newPassword')}
            />
            <p>This ends all your sessions, access tokens and connected apps.</p>
            <Button type="submit" look="primary" aria-busy={status === 'waiting'}>
              {status === 'waiting' ? 'Setting the password…' : 'Set password'}
            </Button>
          </AccountForm>
          <p className={styles.aside}>
            Does the link not work? <Link to="/forgot">Request a new one</Link>
          </p>
        </>
      )}
    </EntryPage>
  )
}

/** Undefined: success. */
async function setPassword(token: string, newPassword: string): Promise<Refusal | undefined> {
  if (newPassword === '') return { field: 'newPassword', message: 'Enter a new password.' }
  const answer = await askAuth<object>('/reset-password', { token, newPassword })
  if (!('refusal' in answer)) return undefined
  const { message, field } = answer.refusal
  return field === 'password' ? { message, field: 'newPassword' } : { message }
}
