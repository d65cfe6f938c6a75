import { signIn } from '../session/session.ts'
import { Button } from '../ui/button.tsx'
import { PasswordField } from '../ui/password-field.tsx'
import { TextField } from '../ui/text-field.tsx'
import { AccountForm } from './account-form.tsx'
import { useAccountForm } from './use-account-form.ts'

/** Opens a session. The page around it reacts to the new session. */
export function SignInForm({ email }: { email?: string | undefined }) {
  const { submit, waiting, errorOf, general } = useAccountForm(signIn)
  return (
    <AccountForm onSubmit={submit} problem={general?.message}>
      <TextField
        label="Email"
        name="email"
        type="email"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        defaultValue={email}
        error={errorOf('email')}
      />
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
