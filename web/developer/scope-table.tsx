import { Fragment } from 'react'
import { fieldAccess, type Rule } from '../gql/access.ts'
import { everyScope, isForPersonOnly } from './access.ts'
import styles from './scope-table.module.css'

const roots = ['Query', 'Mutation', 'Subscription']

/** The scopes of each field, from the rules that the API enforces. */
export function ScopeTable() {
  const fields = Object.entries(fieldAccess)
  const types = new Set([...roots, ...fields.map(([coordinate]) => typeOf(coordinate))])
  return (
    <table className={styles.table}>
      <thead>
        <tr>
          <th scope="col">Field</th>
          {everyScope.map((scope) => (
            <th key={scope} scope="col">
              <Breakable name={scope} />
            </th>
          ))}
        </tr>
      </thead>
      {[...types].map((type) => (
        <tbody key={type}>
          <tr>
            <th scope="rowgroup" colSpan={everyScope.length + 1} className={styles.type}>
              {type}
            </th>
          </tr>
          {fields
            .filter(([coordinate]) => typeOf(coordinate) === type)
            .map(([coordinate, rule]) => (
              <tr key={coordinate}>
                <th scope="row">
                  <Breakable name={coordinate.slice(type.length + 1)} />
                </th>
                <Cells rule={rule} />
              </tr>
            ))}
        </tbody>
      ))}
    </table>
  )
}

function Cells({ rule }: { rule: Rule }) {
  if (isForPersonOnly(rule)) return <td colSpan={everyScope.length}>only you, on these pages</td>
  if ('scopes' in rule)
    return everyScope.map((scope) => <td key={scope}>{cellOf(rule.scopes, scope)}</td>)
  const words = 'public' in rule ? 'everybody, also without a token' : 'any token'
  return <td colSpan={everyScope.length}>{words}</td>
}

/** Whether the scope is enough for the field, or only together with others. */
function cellOf(choices: readonly (readonly string[])[], scope: string) {
  const choice = choices.find((all) => all.includes(scope))
  if (!choice) return <span className="visually-hidden">no</span>
  const others = choice.filter((other) => other !== scope)
  if (others.length > 0) return `with ${others.join(' and ')}`
  return (
    <>
      <span aria-hidden="true">✓</span>
      <span className="visually-hidden">yes</span>
    </>
  )
}

/** A name that wraps on narrow pages, after a colon and before a capital letter. */
function Breakable({ name }: { name: string }) {
  return name.split(/(?<=:)|(?=[A-Z])/).map((part, place) => (
    <Fragment key={part}>
      {place > 0 && <wbr />}
      {part}
    </Fragment>
  ))
}

function typeOf(coordinate: string): string {
  return coordinate.split('.', 1)[0] ?? coordinate
}
