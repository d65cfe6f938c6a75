import { signUp } from '../session/session.ts'
import { Button } from '../ui/button.tsx'
import { TextField } from '../ui/text-field.tsx'
import { AccountForm } from './account-form.tsx'
import { EmailField } from './email-field.tsx'
import { NewPasswordField } from './new-password-field.tsx'
import { useAccountForm } from './use-account-form.ts'

/** `invitation`: the account is for its address. */
type SignUpFormProps = { invitation?: { secret: string; email: string } | undefined }

/** Creates an account and opens a session. */
export function SignUpForm({ invitation }: SignUpFormProps) {
  const { submit, waiting, errorOf, general } = useAccountForm((fields) =>
    signUp({ ...fields, ...(invitation && { invitation: invitation.secret }) }),
  )
  return (
    <AccountForm onSubmit={submit} problem={general?.message}>
      <TextField label="Name" name="name" autoComplete="name" error={errorOf('name')} />
      <EmailField
        readOnly={invitation !== undefined}
        defaultValue={invitation?.email}
        error={errorOf('email')}
      />
      <NewPasswordField label="Password" name="password" error={errorOf('password')} />
      <Button type="submit" look="primary" aria-busy={waiting}>
        {waiting ? 'Creating your account…' : 'Create account'}
      </Button>
    </AccountForm>
  )
}
