import { useId, useState } from 'react'
import { type Account, signOut } from '../session/session.ts'
import { failureMs, toasts } from '../ui/toaster.tsx'
import lineStyles from './rail-link.module.css'
import { RailLine } from './rail-link.tsx'
import styles from './side.module.css'

/** The account's name, and the button that ends its session. */
export function SignOutLine({ account }: { account: Account }) {
  const id = useId()
  const [waiting, setWaiting] = useState(false)

  async function leave() {
    if (waiting) return
    setWaiting(true)
    const refusal = await signOut()
    setWaiting(false)
    if (refusal) toasts.add({ title: refusal.message, timeout: failureMs })
  }

  return (
    <>
      <p id={id} className={styles.who}>
        <span className="visually-hidden">Signed in as </span>
        <strong dir="auto">{account.name}</strong>{' '}
        <span className={styles.email}>{account.email}</span>
      </p>
      <button type="button" className={lineStyles.line} aria-describedby={id} onClick={leave}>
        <RailLine icon="leave">{waiting ? 'Signing out…' : 'Sign out'}</RailLine>
      </button>
    </>
  )
}
