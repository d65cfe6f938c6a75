import { PasswordField } from '../ui/password-field.tsx'
import { useSession } from './use-session.ts'

/** Asks for the password of the signed-in account. */
export function ConfirmPassword({ error }: { error: string | undefined }) {
  const session = useSession()
  const email = 'account' in session ? session.account.email : undefined
  return (
    <>
      {/* Hidden: tells a password manager which account this is. */}
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
