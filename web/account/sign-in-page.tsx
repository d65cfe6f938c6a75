import { Link } from 'react-router'
import { useSession } from '../session/use-session.ts'
import styles from '../ui/entry-page.module.css'
import { AccountPage, useNext } from './account-page.tsx'
import { withNext } from './next-path.ts'
import { SignInForm } from './sign-in-form.tsx'

export function SignInPage() {
  const session = useSession()
  const next = useNext()
  const over = session.status === 'expired'
  return (
    <AccountPage title="Sign in">
      {over && <p className={styles.over}>Your session expired, sign in to go on.</p>}
      <SignInForm email={over ? session.account.email : undefined} />
      <p className={styles.aside}>
        New here? <Link to={withNext('/sign-up', next)}>Create an account</Link>
      </p>
    </AccountPage>
  )
}
