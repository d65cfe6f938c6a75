import { Link } from 'react-router'
import styles from '../ui/entry-page.module.css'
import { AccountPage, useNext } from './account-page.tsx'
import { withNext } from './next-path.ts'
import { SignUpForm } from './sign-up-form.tsx'

export function SignUpPage() {
  const next = useNext()
  return (
    <AccountPage title="Create your account">
      <SignUpForm />
      <p className={styles.aside}>
        Already have an account? <Link to={withNext('/sign-in', next)}>Sign in</Link>
      </p>
    </AccountPage>
  )
}
