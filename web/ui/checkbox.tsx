import type { ComponentProps } from 'react'
import styles from './checkbox.module.css'

/** A checkbox as in the list of tasks. The label around it gives its name and its target. */
export function Checkbox(props: Omit<ComponentProps<'input'>, 'type' | 'className'>) {
  return <input {...props} type="checkbox" className={styles.checkbox} />
}
