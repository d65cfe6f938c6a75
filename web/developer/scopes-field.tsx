import { scopeMeanings } from '../gql/access.ts'
import styles from './new-token-form.module.css'

/** The scopes of the token, in the words of the consent page. None is the default. */
export function ScopesField({ chosen }: { chosen: readonly string[] }) {
  return (
    <fieldset className={styles.field}>
      <legend className={styles.label}>What it may do</legend>
      <div className={styles.scopes}>
        {Object.entries(scopeMeanings).map(([scope, meaning]) => (
          <label key={scope} className={styles.scope}>
            <input
              type="checkbox"
              name="scopes"
              value={scope}
              defaultChecked={chosen.includes(scope)}
            />
            <span className={styles.name}>{scope}</span>
            <span>{meaning}</span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}
