import type { ReactNode, SubmitEvent } from 'react'
import styles from './account-form.module.css'

type AccountFormProps = {
  /** A refusal that no single field is to blame for. */
  problem: string | undefined
  onSubmit: (event: SubmitEvent<HTMLFormElement>) => void
  children: ReactNode
}

export function AccountForm({ problem, onSubmit, children }: AccountFormProps) {
  return (
    // Checked by us rather than the browser, so that every refusal looks and reads alike.
    <form noValidate className={styles.form} onSubmit={onSubmit}>
      {children}
      <p role="alert" className={styles.problem}>
        {problem}
      </p>
    </form>
  )
}
