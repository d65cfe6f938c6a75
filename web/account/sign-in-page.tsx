import { Link } from 'react-router'
import { useSession } from '../session/use-session.ts'
import styles from '../ui/entry-page.module.css'
import { AccountPage, useNext } from './account-page.tsx'
import { withNext } from './next-path.ts'
import { ProviderSignIn } from './provider-sign-in.tsx'
import { SignInForm } from './sign-in-form.tsx'
import { useSignInOptions } from './sign-in-options.ts'

export function SignInPage() {
  const session = useSession()
  const next = useNext()
  const { signUps = 'open', provider } = useSignInOptions() ?? {}
  const over = session.status === 'expired'
  return (
    <AccountPage title="Sign in">
      {over && <p className={styles.over}>Your session expired, sign in to go on.</p>}
      <SignInForm email={over ? session.account.email : undefined} />
      <p className={styles.aside}>
        <Link to="/forgot">Forgot password?</Link>
      </p>
      {provider && <ProviderSignIn provider={provider} />}
      <p className={styles.aside}>
        {signUps === 'open' && (
          <>
            New here? <Link to={withNext('/sign-up', next)}>Create an account</Link>
          </>
        )}
        {signUps === 'invite' && 'New here? Ask the operator of this server for an invitation.'}
      </p>
    </AccountPage>
  )
}
