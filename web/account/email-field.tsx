import type { ComponentProps } from 'react'
import { TextField } from '../ui/text-field.tsx'

type EmailFieldProps = Pick<ComponentProps<typeof TextField>, 'defaultValue' | 'readOnly' | 'error'>

/** The address that an account signs in with, as password managers expect it. */
export function EmailField(props: EmailFieldProps) {
  return (
    <TextField
      label="Email"
      name="email"
      type="email"
      autoComplete="username"
      autoCapitalize="none"
      spellCheck={false}
      {...props}
    />
  )
}
