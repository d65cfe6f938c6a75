import { type SubmitEvent, useRef, useState } from 'react'
import type { AuthRefusal } from '../session/session.ts'

type Fields = Record<'name' | 'email' | 'password', string>

const emptyMessages = {
  name: 'Enter your name.',
  email: 'Enter your email address.',
  password: 'Enter your password.',
}

function findEmptyField(form: HTMLFormElement, fields: Fields): AuthRefusal | undefined {
  for (const field of ['name', 'email', 'password'] as const)
    if (form.elements.namedItem(field) && !fields[field].trim())
      return { code: 'EMPTY', field, message: emptyMessages[field] }
}

/** Submits the form; after a refusal it moves the focus to the field with the error. */
export function useAccountForm(request: (fields: Fields) => Promise<AuthRefusal | undefined>) {
  const [refusal, setRefusal] = useState<AuthRefusal>()
  const [waiting, setWaiting] = useState(false)
  const form = useRef<HTMLFormElement>(null)

  async function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault()
    const element = event.currentTarget
    if (waiting) return
    const entries = new FormData(element)
    const entry = (name: string) => String(entries.get(name) ?? '')
    const fields = { name: entry('name'), email: entry('email'), password: entry('password') }
    setWaiting(true)
    const refused = findEmptyField(element, fields) ?? (await request(fields))
    setWaiting(false)
    setRefusal(refused)
    const wrong = refused?.field && element.elements.namedItem(refused.field)
    if (wrong instanceof HTMLElement) wrong.focus()
  }

  const errorOf = (field: AuthRefusal['field']) =>
    refusal?.field === field ? refusal?.message : undefined
  return {
    form,
    submit,
    waiting,
    errorOf,
    general: refusal && !refusal.field ? refusal : undefined,
  }
}
