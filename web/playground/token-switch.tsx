import { type SubmitEvent, useEffect, useId, useRef, useState } from 'react'
import { becomeIdentity, tryToken, useIdentity } from './identity.ts'

/** Lets a user try an access token in place of the session. */
export function TokenSwitch() {
  const identity = useIdentity()
  const [isAsked, setAsked] = useState(false)
  if (identity)
    return (
      <button type="button" onClick={() => becomeIdentity(undefined)}>
        Call as yourself again
      </button>
    )
  if (isAsked) return <TokenForm onClose={() => setAsked(false)} />
  return (
    <button type="button" onClick={() => setAsked(true)}>
      Call with an access token
    </button>
  )
}

function TokenForm({ onClose }: { onClose: () => void }) {
  const id = useId()
  const input = useRef<HTMLInputElement>(null)
  const [problem, setProblem] = useState<string>()
  useEffect(() => input.current?.focus(), [])

  async function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault()
    const token = String(new FormData(event.currentTarget).get('token')).trim()
    const outcome = await tryToken(token)
    if (typeof outcome === 'string') return setProblem(outcome)
    onClose()
    becomeIdentity(outcome)
  }

  return (
    <form className="token-form" onSubmit={submit}>
      <label htmlFor={id}>Access token</label>
      <input
        ref={input}
        id={id}
        name="token"
        type="password"
        autoComplete="off"
        required
        aria-describedby={problem && `${id}-problem`}
      />
      <button type="submit">Use it</button>
      <button type="button" onClick={onClose}>
        Cancel
      </button>
      <a href="/developer">Make one</a>
      <p id={`${id}-problem`} role="alert">
        {problem}
      </p>
    </form>
  )
}
