import { scopeMeanings } from '../gql/access.ts'
import { Checkbox } from '../ui/checkbox.tsx'
import styles from './new-token-form.module.css'

type ScopesFieldProps = { chosen: readonly string[]; onChange: (chosen: string[]) => void }

/** The scopes of the token, in the words of the consent page. None is the default. */
export function ScopesField({ chosen, onChange }: ScopesFieldProps) {
  return (
    <fieldset className={styles.field}>
      <legend className={styles.label}>What it may do</legend>
      <div className={styles.scopes}>
        {Object.entries(scopeMeanings).map(([scope, meaning]) => (
          <label key={scope} className={styles.scope}>
            <Checkbox
              name="scopes"
              value={scope}
              checked={chosen.includes(scope)}
              onChange={({ target }) =>
                onChange(
                  target.checked ? [...chosen, scope] : chosen.filter((other) => other !== scope),
                )
              }
            />
            <span className={styles.name}>{scope}</span>
            <span>{meaning}</span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}
