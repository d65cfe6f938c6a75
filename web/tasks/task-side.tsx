import { Link } from 'react-router'
import { SignOutButton } from '../session/sign-out-button.tsx'
import { useSession } from '../session/use-session.ts'
import { Button } from '../ui/button.tsx'
import { Icon } from '../ui/icon.tsx'
import { Wordmark } from '../ui/wordmark.tsx'
import { TaskRail } from './task-rail.tsx'
import styles from './task-side.module.css'

/** The content of the sidebar, which is a drawer on narrow screens. */
export function TaskSide({ onHelp }: { onHelp: () => void }) {
  const session = useSession()
  return (
    <div className={styles.side}>
      <div className={styles.brand}>
        <Wordmark />
      </div>
      <TaskRail />
      <div className={styles.foot}>
        <Button className={styles.help} onClick={onHelp}>
          <Icon name="keys" />
          Keyboard shortcuts
        </Button>
        <nav aria-label="Account" className={styles.links}>
          <Link to="/account">Change password</Link>
          <Link to="/apps">Connected apps</Link>
          <Link to="/developer">Developer</Link>
        </nav>
        {'account' in session && <SignOutButton account={session.account} />}
      </div>
    </div>
  )
}
