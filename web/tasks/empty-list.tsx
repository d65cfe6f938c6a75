import { Link } from 'react-router'
import { EmptyState } from '../ui/empty-state.tsx'
import { countConditions, type TaskView, viewPath, withoutConditions } from './view.ts'

export function EmptyList({ view }: { view: TaskView }) {
  if (countConditions(view) > 0)
    return (
      <EmptyState title="No tasks found">
        <p>No task matches both the search and the filters.</p>
        <Link to={viewPath(withoutConditions(view))}>Clear search and filters</Link>
      </EmptyState>
    )
  if (view.status === 'done')
    return (
      <EmptyState title="No completed tasks yet">
        <p>Completed tasks appear here.</p>
      </EmptyState>
    )
  return (
    <EmptyState icon="tray" title={view.status === 'open' ? 'All tasks are done' : 'No tasks yet'}>
      <p>Type your first task under “New task” and press Enter.</p>
    </EmptyState>
  )
}
