import type { ComponentProps } from 'react'
import { PasswordField } from '../ui/password-field.tsx'

type NewPasswordFieldProps = Pick<ComponentProps<typeof PasswordField>, 'label' | 'name' | 'error'>

/** The input of a password that the user chooses. */
export function NewPasswordField(props: NewPasswordFieldProps) {
  return <PasswordField {...props} autoComplete="new-password" hint="8 to 128 characters." />
}
