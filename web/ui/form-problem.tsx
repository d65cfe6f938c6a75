import styles from './form-problem.module.css'

/** An error that concerns no single field of a form. Undefined: no error. */
export function FormProblem({ children }: { children: string | undefined }) {
  return (
    <p role="alert" className={styles.problem}>
      {children}
    </p>
  )
}
