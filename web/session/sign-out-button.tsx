import { useId, useState } from 'react'
import { Button } from '../ui/button.tsx'
import { failureMs, toasts } from '../ui/toaster.tsx'
import { type Account, signOut } from './session.ts'
import styles from './sign-out-button.module.css'

export function SignOutButton({ account }: { account: Account }) {
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
    <div className={styles.account}>
      <p id={id} className={styles.who}>
        <span className="visually-hidden">Signed in as </span>
        <strong dir="auto">{account.name}</strong>{' '}
        <span className={styles.email}>{account.email}</span>
      </p>
      <Button aria-describedby={id} onClick={leave}>
        {waiting ? 'Signing out…' : 'Sign out'}
      </Button>
    </div>
  )
}
