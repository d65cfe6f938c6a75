import type { ReactNode, Ref, SubmitEvent } from 'react'
import { FormProblem } from '../ui/form-problem.tsx'
import styles from './account-form.module.css'

type AccountFormProps = {
  ref?: Ref<HTMLFormElement>
  /** An error that concerns no single field. */
  problem: string | undefined
  onSubmit: (event: SubmitEvent<HTMLFormElement>) => void
  children: ReactNode
}

export function AccountForm({ ref, problem, onSubmit, children }: AccountFormProps) {
  return (
    // noValidate: we validate, so that all errors look the same.
    <form noValidate ref={ref} className={styles.form} onSubmit={onSubmit}>
      {children}
      <FormProblem>{problem}</FormProblem>
    </form>
  )
}
