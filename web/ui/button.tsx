import type { ComponentProps } from 'react'
import styles from './button.module.css'
import { classNames } from './class-names.ts'
import { Icon, type IconName } from './icon.tsx'

type ButtonProps = ComponentProps<'button'> & { look?: 'primary' | 'framed' | 'plain' | 'danger' }

/** A button with text. Its type is `button` by default, not `submit`. */
export function Button({ look = 'plain', type = 'button', className, ...rest }: ButtonProps) {
  return (
    <button {...rest} type={type} className={classNames(styles.button, styles[look], className)} />
  )
}

type IconButtonProps = Omit<ComponentProps<'button'>, 'children'> & {
  icon: IconName
  label: string
}

/** A button with an icon only; `label` is its accessible name and tooltip. */
export function IconButton({ icon, label, type = 'button', className, ...rest }: IconButtonProps) {
  return (
    <button
      {...rest}
      type={type}
      aria-label={label}
      title={label}
      className={classNames(styles.iconButton, className)}
    >
      <Icon name={icon} />
    </button>
  )
}
