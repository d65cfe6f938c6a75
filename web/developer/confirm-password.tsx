import { useSession } from '../session/use-session.ts'
import { PasswordField } from '../ui/password-field.tsx'

/** Asks again for the password of the account that is signed in. */
export function ConfirmPassword({ error }: { error: string | undefined }) {
  const session = useSession()
  const email = 'account' in session ? session.account.email : undefined
  return (
    <>
      {/* Not shown: a password manager takes from it whose password to fill in. */}
      <input hidden readOnly name="username" autoComplete="username" value={email} />
      <PasswordField
        label="Password"
        name="password"
        autoComplete="current-password"
        error={error}
      />
    </>
  )
}
