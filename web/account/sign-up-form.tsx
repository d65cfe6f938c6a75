import { signUp } from '../session/session.ts'
import { Button } from '../ui/button.tsx'
import { PasswordField } from '../ui/password-field.tsx'
import { TextField } from '../ui/text-field.tsx'
import { AccountForm } from './account-form.tsx'
import { useAccountForm } from './use-account-form.ts'

/** Creates an account and opens a session. */
export function SignUpForm() {
  const { submit, waiting, errorOf, general } = useAccountForm(signUp)
  return (
    <AccountForm onSubmit={submit} problem={general?.message}>
      <TextField label="Name" name="name" autoComplete="name" error={errorOf('name')} />
      <TextField
        label="Email"
        name="email"
        type="email"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        error={errorOf('email')}
      />
      <PasswordField
        label="Password"
        name="password"
        autoComplete="new-password"
        hint="8 to 128 characters."
        error={errorOf('password')}
      />
      <Button type="submit" look="primary" aria-busy={waiting}>
        {waiting ? 'Creating your account…' : 'Create account'}
      </Button>
    </AccountForm>
  )
}
