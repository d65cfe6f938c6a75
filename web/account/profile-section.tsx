import { type SubmitEvent, useState } from 'react'
import { askAuth } from '../session/ask-auth.ts'
import { type AuthRefusal, refreshAccount } from '../session/session.ts'
import { useSession } from '../session/use-session.ts'
import { announce } from '../ui/announcer.tsx'
import { Button } from '../ui/button.tsx'
import { FormProblem } from '../ui/form-problem.tsx'
import { PageSection } from '../ui/page-section.tsx'
import { TextField } from '../ui/text-field.tsx'
import { useRefusal } from '../ui/use-refusal.ts'
import styles from './settings.module.css'

const done = 'Your name is saved.'

/** The name and the e-mail address of the account. */
export function ProfileSection() {
  const session = useSession()
  if (!('account' in session)) return null
  const { name, email } = session.account
  return (
    <PageSection title="Profile">
      <p className={styles.fact}>
        <span>Email</span>
        {email}
      </p>
      <NameForm name={name} />
    </PageSection>
  )
}

function NameForm({ name }: { name: string }) {
  const { form, setRefusal, errorOf } = useRefusal<AuthRefusal>()
  const [status, setStatus] = useState<'waiting' | 'done'>()

  async function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault()
    if (status === 'waiting') return
    const typed = String(new FormData(event.currentTarget).get('name')).trim()
    setStatus('waiting')
    const refusal = await rename(typed)
    setRefusal(refusal)
    setStatus(refusal ? undefined : 'done')
    if (!refusal) announce(done)
  }

  return (
    <form noValidate ref={form} className={styles.form} aria-label="Your name" onSubmit={submit}>
      <TextField
        label="Name"
        name="name"
        autoComplete="name"
        defaultValue={name}
        onChange={() => setStatus(undefined)}
        error={errorOf('name')}
      />
      <FormProblem>{errorOf()}</FormProblem>
      <Button type="submit" look="framed" aria-busy={status === 'waiting'}>
        {status === 'waiting' ? 'Saving the name…' : 'Save name'}
      </Button>
      {status === 'done' && <p className={styles.soft}>{done}</p>}
    </form>
  )
}

/** Undefined: success. */
async function rename(name: string): Promise<AuthRefusal | undefined> {
  if (name === '') return { code: 'EMPTY', field: 'name', message: 'Enter your name.' }
  const answer = await askAuth<object>('/update-user', { name })
  if ('refusal' in answer) return answer.refusal
  await refreshAccount()
  return undefined
}
