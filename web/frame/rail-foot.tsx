import { useLocation } from 'react-router'
import { useSession } from '../session/use-session.ts'
import type { IconName } from '../ui/icon.tsx'
import lineStyles from './rail-link.module.css'
import { RailLine, RailLink } from './rail-link.tsx'
import styles from './side.module.css'
import { SignOutLine } from './sign-out-line.tsx'

const pages: { path: string; icon: IconName; name: string }[] = [
  { path: '/activity', icon: 'history', name: 'Activity' },
  { path: '/trash', icon: 'bin', name: 'Trash' },
  { path: '/account', icon: 'person', name: 'Account' },
  { path: '/apps', icon: 'app', name: 'Apps' },
  { path: '/developer', icon: 'key', name: 'Developer' },
]

/** The end of the rail, the same on all pages. */
export function RailFoot({ onHelp }: { onHelp: () => void }) {
  const session = useSession()
  const { pathname } = useLocation()
  return (
    <div className={styles.foot}>
      <nav aria-label="Pages">
        <ul>
          {pages.map(({ path, icon, name }) => (
            <RailLink key={path} to={path} current={pathname === path} icon={icon}>
              {name}
            </RailLink>
          ))}
          <li>
            <a href="/docs" className={lineStyles.line}>
              <RailLine icon="book">Docs</RailLine>
            </a>
          </li>
          <li>
            <button type="button" className={lineStyles.line} onClick={onHelp}>
              <RailLine icon="keys">Keyboard shortcuts</RailLine>
            </button>
          </li>
        </ul>
      </nav>
      {'account' in session && <SignOutLine account={session.account} />}
    </div>
  )
}
