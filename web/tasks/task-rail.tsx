import { useLocation } from 'react-router'
import { RailLink } from '../frame/rail-link.tsx'
import type { IconName } from '../ui/icon.tsx'
import styles from './task-rail.module.css'
import { useLabels } from './use-labels.ts'
import { useTaskCounts } from './use-task-counts.ts'
import { useView } from './use-view.ts'
import { type TaskView, viewPath, withoutConditions } from './view.ts'

const views = [
  { name: 'All', key: 'all', icon: 'tray', change: { status: 'all' } },
  { name: 'Open', key: 'open', icon: 'circle', change: { status: 'open' } },
  { name: 'Today', key: 'today', icon: 'calendar', change: { status: 'open', due: 'today' } },
  { name: 'Overdue', key: 'overdue', icon: 'clock', change: { status: 'open', due: 'overdue' } },
  { name: 'Done', key: 'done', icon: 'done', change: { status: 'done' } },
] as const satisfies {
  name: string
  key: string
  icon: IconName
  change: Partial<TaskView>
}[]

/** Links to views and labels. They keep the sort order and drop all filters. */
export function TaskRail() {
  const [view] = useView()
  const counts = useTaskCounts()
  const labels = useLabels()
  const { pathname } = useLocation()
  const here = pathname === '/' ? viewPath(view) : pathname
  const path = (change: Partial<TaskView>) => viewPath({ ...withoutConditions(view), ...change })
  return (
    <nav aria-label="Views and labels" className={styles.rail}>
      <ul>
        {views.map(({ name, key, icon, change }) => (
          <RailLink
            key={key}
            to={path(change)}
            current={here === path(change)}
            icon={icon}
            count={counts?.[key]}
          >
            {name}
          </RailLink>
        ))}
      </ul>
      {labels.length > 0 && <h2 className={styles.heading}>Labels</h2>}
      <ul>
        {labels.map(({ name, taskCount }) => {
          const to = path({ status: 'all', labels: [name] })
          return (
            <RailLink key={name} to={to} current={here === to} count={taskCount}>
              {name}
            </RailLink>
          )
        })}
      </ul>
    </nav>
  )
}
