import { type SubmitEvent, useState } from 'react'
import type { AuthRefusal } from '../auth.ts'
import { Button } from '../ui/button.tsx'
import { TextField } from '../ui/text-field.tsx'
import { createAccessToken, type MadeToken, type NewToken } from './access-tokens.ts'
import { ExpiryField } from './expiry-field.tsx'
import styles from './new-token-form.module.css'
import { ScopesField } from './scopes-field.tsx'

const maxName = 64

type NewTokenFormProps = {
  /** Ticked when the form is first seen. */
  scopes: readonly string[]
  onMade: (made: MadeToken) => void
}

/** Makes an access token; ready to be sent as it stands. */
export function NewTokenForm({ scopes, onMade }: NewTokenFormProps) {
  const [refusal, setRefusal] = useState<AuthRefusal>()
  const [waiting, setWaiting] = useState(false)

  async function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = event.currentTarget
    if (waiting) return
    setWaiting(true)
    const answer = await make(readForm(form))
    setWaiting(false)
    if ('value' in answer) return onMade(answer.value)
    setRefusal(answer.refusal)
    const wrong = answer.refusal.field && form.elements.namedItem(answer.refusal.field)
    if (wrong instanceof HTMLElement) wrong.focus()
  }

  const errorOf = (field?: 'name') => (refusal?.field === field ? refusal?.message : undefined)
  return (
    <form noValidate className={styles.form} aria-label="New access token" onSubmit={submit}>
      <TextField
        label="Name"
        name="name"
        hint="So that you know it again, should you want to revoke it."
        defaultValue="My script"
        maxLength={maxName}
        autoComplete="off"
        error={errorOf('name')}
      />
      <ScopesField chosen={scopes} />
      <ExpiryField />
      <p role="alert" className={styles.problem}>
        {errorOf()}
      </p>
      <Button type="submit" look="primary" aria-busy={waiting}>
        {waiting ? 'Making the token…' : 'Make token'}
      </Button>
    </form>
  )
}

async function make(input: NewToken): ReturnType<typeof createAccessToken> {
  if (input.name !== '') return createAccessToken(input)
  return { refusal: { code: 'EMPTY', field: 'name', message: 'Give the token a name.' } }
}

function readForm(form: HTMLFormElement): NewToken {
  const entries = new FormData(form)
  const days = Number(entries.get('expiresInDays'))
  return {
    name: String(entries.get('name')).trim(),
    scopes: entries.getAll('scopes').map(String),
    expiresInDays: days === 0 ? null : days,
  }
}
