import { PasswordField } from '../ui/password-field.tsx'
import { useSession } from './use-session.ts'

type ConfirmPasswordProps = { label?: string; name?: string; error: string | undefined }

/** Asks for the password of the signed-in account. */
export function ConfirmPassword({
  label = 'Password',
  name = 'password',
  error,
}: ConfirmPasswordProps) {
  const session = useSession()
  const email = 'account' in session ? session.account.email : undefined
  return (
    <>
      {/* Hidden: tells a password manager which account this is. */}
      <input hidden readOnly name="username" autoComplete="username" value={email} />
      <PasswordField label={label} name={name} autoComplete="current-password" error={error} />
    </>
  )
}
