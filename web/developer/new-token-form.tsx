import { type SubmitEvent, useState } from 'react'
import { defaultLimits, highestLimit } from '../gql/brake-limits.ts'
import { ConfirmPassword } from '../session/confirm-password.tsx'
import type { AuthRefusal } from '../session/session.ts'
import { Button } from '../ui/button.tsx'
import { FormProblem } from '../ui/form-problem.tsx'
import { LimitFields, type LimitRefusal, limitsFor, readLimits } from '../ui/limit-fields.tsx'
import { TextField } from '../ui/text-field.tsx'
import { useRefusal } from '../ui/use-refusal.ts'
import { createAccessToken, type MadeToken, type NewToken } from './access-tokens.ts'
import { ExpiryField } from './expiry-field.tsx'
import styles from './new-token-form.module.css'
import { ScopesField } from './scopes-field.tsx'

/** In code points, as the server counts. `maxLength` of a field counts UTF-16 units: two for an emoji. */
const maxName = 64

type NewTokenFormProps = {
  /** Ticked initially. */
  scopes: readonly string[]
  onMade: (made: MadeToken) => void
}

/** Creates an access token. The defaults are valid as they are. */
export function NewTokenForm({ scopes, onMade }: NewTokenFormProps) {
  const { form, setRefusal, errorOf } = useRefusal<AuthRefusal | LimitRefusal>()
  const [chosen, setChosen] = useState(scopes)
  const limits = limitsFor(chosen, defaultLimits)
  const [asksPassword, setAsksPassword] = useState(false)
  const [waiting, setWaiting] = useState(false)

  async function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault()
    const element = event.currentTarget
    if (waiting) return
    setWaiting(true)
    const limits = readLimits(element, highestLimit)
    const answer =
      'message' in limits ? { refusal: limits } : await make({ ...readForm(element), ...limits })
    setWaiting(false)
    if ('value' in answer) return onMade(answer.value)
    setRefusal(answer.refusal)
    if (answer.refusal.code === 'SESSION_NOT_FRESH') setAsksPassword(true)
  }

  return (
    <form
      noValidate
      ref={form}
      className={styles.form}
      aria-label="New access token"
      onSubmit={submit}
    >
      <TextField
        label="Name"
        name="name"
        hint="Helps you to recognise the token later."
        defaultValue="My script"
        autoComplete="off"
        error={errorOf('name')}
      />
      <ScopesField chosen={chosen} onChange={setChosen} />
      <ExpiryField />
      {limits && <LimitFields limits={limits} errorOf={errorOf} />}
      {asksPassword && <ConfirmPassword error={errorOf('password')} />}
      <FormProblem>{errorOf()}</FormProblem>
      <Button type="submit" look="primary" aria-busy={waiting}>
        {waiting ? 'Making the token…' : 'Make token'}
      </Button>
    </form>
  )
}

const emptyMessages = { name: 'Give the token a name.', password: 'Enter your password.' }

async function make(input: NewToken): ReturnType<typeof createAccessToken> {
  const empty = (['name', 'password'] as const).find((field) => input[field] === '')
  if (empty) return { refusal: { code: 'EMPTY', field: empty, message: emptyMessages[empty] } }
  if ([...input.name].length <= maxName) return createAccessToken(input)
  const message = `A name has at most ${maxName} characters.`
  return { refusal: { code: 'TOO_LONG', field: 'name', message } }
}

function readForm(form: HTMLFormElement): NewToken {
  const entries = new FormData(form)
  const days = Number(entries.get('expiresInDays'))
  const password = entries.get('password')
  return {
    name: String(entries.get('name')).trim(),
    scopes: entries.getAll('scopes').map(String),
    expiresInDays: days === 0 ? null : days,
    ...(password !== null && { password: String(password) }),
  }
}
