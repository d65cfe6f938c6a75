import { Link, useLocation } from 'react-router'
import styles from '../ui/entry-page.module.css'
import { AccountPage, useNext } from './account-page.tsx'
import { withNext } from './next-path.ts'
import { ProviderSignIn } from './provider-sign-in.tsx'
import { useSignInOptions } from './sign-in-options.ts'
import { SignUpForm } from './sign-up-form.tsx'

/** Of the operator's link. It is in the fragment, which browsers do not send. */
function useInvitation() {
  const params = new URLSearchParams(useLocation().hash.slice(1))
  const [secret, email] = [params.get('invitation'), params.get('email')]
  return secret && email ? { secret, email } : undefined
}

const refusals = {
  closed: 'This server accepts no new accounts. Ask its operator if you need one.',
  invite:
    'A new account needs an invitation. Ask the operator of this server for one, and open its link.',
}

export function SignUpPage() {
  const next = useNext()
  const options = useSignInOptions()
  const invitation = useInvitation()
  const { signUps } = options ?? {}
  const isAllowed = signUps === 'open' || (signUps === 'invite' && invitation !== undefined)
  return (
    <AccountPage title="Create your account">
      {isAllowed && <SignUpForm invitation={signUps === 'invite' ? invitation : undefined} />}
      {isAllowed && options?.provider && (
        <ProviderSignIn provider={options.provider} invitation={invitation?.secret} />
      )}
      {signUps && signUps !== 'open' && !isAllowed && <p>{refusals[signUps]}</p>}
      <p className={styles.aside}>
        Already have an account? <Link to={withNext('/sign-in', next)}>Sign in</Link>
      </p>
    </AccountPage>
  )
}
