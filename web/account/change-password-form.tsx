import { type SubmitEvent, useState } from 'react'
import { ConfirmPassword } from '../session/confirm-password.tsx'
import type { AuthRefusal } from '../session/session.ts'
import { announce } from '../ui/announcer.tsx'
import { Button } from '../ui/button.tsx'
import { Checkbox } from '../ui/checkbox.tsx'
import { FormProblem } from '../ui/form-problem.tsx'
import { useRefusal } from '../ui/use-refusal.ts'
import { changePassword, type NewPassword } from './change-password.ts'
import styles from './change-password-form.module.css'
import { NewPasswordField } from './new-password-field.tsx'
import settings from './settings.module.css'

type Field = 'currentPassword' | 'newPassword'
type Refusal = { message: string; field?: Field }

const empty: Record<Field, string> = {
  currentPassword: 'Enter your current password.',
  newPassword: 'Enter a new password.',
}

const done = 'Your password is changed. Other browsers are signed out.'

/** Changes the password, and revokes the access that the user ticks. */
export function ChangePasswordForm() {
  const { form, setRefusal, errorOf } = useRefusal<Refusal>()
  const [status, setStatus] = useState<'waiting' | 'done'>()

  async function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault()
    const element = event.currentTarget
    if (status === 'waiting') return
    setStatus('waiting')
    const refused = await change(readForm(element))
    setRefusal(refused)
    setStatus(refused ? undefined : 'done')
    if (refused) return
    element.reset()
    announce(done)
  }

  return (
    <form
      noValidate
      ref={form}
      className={settings.form}
      aria-label="Change password"
      onSubmit={submit}
    >
      <ConfirmPassword
        label="Current password"
        name="currentPassword"
        error={errorOf('currentPassword')}
      />
      <NewPasswordField label="New password" name="newPassword" error={errorOf('newPassword')} />
      <fieldset className={styles.choices}>
        <legend>Also end</legend>
        <Choice name="revokeAccessTokens">Access tokens of your own programs</Choice>
        <Choice name="disconnectApps">Connected apps</Choice>
      </fieldset>
      <FormProblem>{errorOf()}</FormProblem>
      <Button type="submit" look="primary" aria-busy={status === 'waiting'}>
        {status === 'waiting' ? 'Changing the password…' : 'Change password'}
      </Button>
      {status === 'done' && <p className={styles.done}>{done}</p>}
    </form>
  )
}

function Choice({ name, children }: { name: string; children: string }) {
  return (
    <label className={styles.choice}>
      <Checkbox name={name} />
      {children}
    </label>
  )
}

/** Undefined: success. */
async function change(input: NewPassword): Promise<Refusal | undefined> {
  const field = (['currentPassword', 'newPassword'] as const).find((name) => input[name] === '')
  if (field) return { field, message: empty[field] }
  const answer = await changePassword(input)
  return 'refusal' in answer ? assignField(answer.refusal) : undefined
}

/** Better Auth names the field `password` for both passwords: the code says which one. */
function assignField({ code, field, message }: AuthRefusal): Refusal {
  if (field !== 'password') return { message }
  return { message, field: code === 'INVALID_PASSWORD' ? 'currentPassword' : 'newPassword' }
}

function readForm(form: HTMLFormElement): NewPassword {
  const entries = new FormData(form)
  return {
    currentPassword: String(entries.get('currentPassword')),
    newPassword: String(entries.get('newPassword')),
    revokeAccessTokens: entries.has('revokeAccessTokens'),
    disconnectApps: entries.has('disconnectApps'),
  }
}
