import { signIn } from '../session/session.ts'
import { Button } from '../ui/button.tsx'
import { PasswordField } from '../ui/password-field.tsx'
import { AccountForm } from './account-form.tsx'
import { EmailField } from './email-field.tsx'
import { useAccountForm } from './use-account-form.ts'

/** Opens a session. The page around it reacts to the new session. */
export function SignInForm({ email }: { email?: string | undefined }) {
  const { submit, waiting, errorOf, general } = useAccountForm(signIn)
  return (
    <AccountForm onSubmit={submit} problem={general?.message}>
      <EmailField defaultValue={email} error={errorOf('email')} />
      <PasswordField
        label="Password"
        name="password"
        autoComplete="current-password"
        data-first-focus={email ? true : undefined}
        error={errorOf('password')}
      />
      <Button type="submit" look="primary" aria-busy={waiting}>
        {waiting ? 'Signing in…' : 'Sign in'}
      </Button>
    </AccountForm>
  )
}
