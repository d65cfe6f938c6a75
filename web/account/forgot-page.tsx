import { useState } from 'react'
import { Link } from 'react-router'
import { announce } from '../ui/announcer.tsx'
import { Button } from '../ui/button.tsx'
import styles from '../ui/entry-page.module.css'
import { EntryPage } from '../ui/entry-page.tsx'
import { AccountForm } from './account-form.tsx'
import { EmailField } from './email-field.tsx'
import { requestPasswordReset } from './mail-actions.ts'
import { useSignInOptions } from './sign-in-options.ts'
import { useAccountForm } from './use-account-form.ts'

const title = 'Forgot your password?'
const sent =
  'If an account has this email address, a link was sent to it. The link works once, within an hour.'
const noMail =
  'This server sends no email, because its operator has not set it up. Ask the operator for a link that sets a new password.'

export function ForgotPage() {
  const options = useSignInOptions()
  const [isSent, setSent] = useState(false)
  return (
    <EntryPage title={title} line="Your own task list, and an API for the programs you trust.">
      <h1 className={styles.title}>{title}</h1>
      {options?.mail === false && <p>{noMail}</p>}
      {options?.mail && !isSent && <ForgotForm onSent={() => setSent(true)} />}
      {isSent && (
        <>
          <p>{sent}</p>
          <p>Look into the spam folder too. You can close this page.</p>
        </>
      )}
      <p className={styles.aside}>
        <Link to="/sign-in">Back to sign in</Link>
      </p>
    </EntryPage>
  )
}

function ForgotForm({ onSent }: { onSent: () => void }) {
  const { submit, waiting, errorOf, general } = useAccountForm(async ({ email }) => {
    const answer = await requestPasswordReset(email)
    if ('refusal' in answer) return answer.refusal
    announce(sent)
    onSent()
  })
  return (
    <AccountForm onSubmit={submit} problem={general?.message}>
      <p>A link to set a new password is sent to the email address of your account.</p>
      <EmailField error={errorOf('email')} />
      <Button type="submit" look="primary" aria-busy={waiting}>
        {waiting ? 'Sending the link…' : 'Send link'}
      </Button>
    </AccountForm>
  )
}
