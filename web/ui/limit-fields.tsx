import styles from './limit-fields.module.css'
import { TextField } from './text-field.tsx'

export type Limits = { maxDeletions: number; maxChanges: number }

const labels = { maxDeletions: 'Tasks moved to the trash', maxChanges: 'Changes of any kind' }

/** The limits that matter for a program with these scopes. Undefined: it writes nothing. */
export function limitsFor(
  scopes: readonly string[],
  { maxDeletions, maxChanges }: Limits,
): Partial<Limits> | undefined {
  if (scopes.includes('tasks:delete')) return { maxDeletions, maxChanges }
  const writes = scopes.some((scope) => scope === 'tasks:create' || scope === 'tasks:write')
  return writes ? { maxChanges } : undefined
}

type LimitFieldsProps = {
  /** The fields, with their first values. */
  limits: Partial<Limits>
  errorOf: (field: keyof Limits) => string | undefined
}

/** How much a program may do in an hour before it is paused. */
export function LimitFields({ limits, errorOf }: LimitFieldsProps) {
  return (
    <fieldset className={styles.limits}>
      <legend className={styles.legend}>At most in an hour</legend>
      <p className={styles.hint}>If it wants to do more, it only reads until you decide.</p>
      <div className={styles.fields}>
        {(['maxDeletions', 'maxChanges'] as const).map((field) =>
          limits[field] === undefined ? null : (
            <TextField
              key={field}
              label={labels[field]}
              name={field}
              inputMode="numeric"
              autoComplete="off"
              defaultValue={limits[field]}
              error={errorOf(field)}
            />
          ),
        )}
      </div>
    </fieldset>
  )
}

export type LimitRefusal = { code: string; field: keyof Limits; message: string }

/** The limits in the fields of a form; one that has no field is left out. */
export function readLimits(form: HTMLFormElement, highest: number): Partial<Limits> | LimitRefusal {
  const entries = new FormData(form)
  const limits: Partial<Limits> = {}
  for (const field of ['maxDeletions', 'maxChanges'] as const) {
    const text = entries.get(field)
    if (text === null) continue
    const number = Number(String(text).trim() || Number.NaN)
    if (!Number.isInteger(number) || number < 0 || number > highest) {
      const message = `Enter a whole number from 0 to ${highest.toLocaleString('en')}.`
      return { code: 'INVALID', field, message }
    }
    limits[field] = number
  }
  return limits
}
