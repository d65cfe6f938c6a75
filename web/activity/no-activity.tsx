import { Link } from 'react-router'
import { EmptyState } from '../ui/empty-state.tsx'

export function NoActivity({ isFiltered }: { isFiltered: boolean }) {
  if (isFiltered)
    return (
      <EmptyState title="No activity found">
        <p>No change matches the filters.</p>
        <Link to="/activity">Show all activity</Link>
      </EmptyState>
    )
  return (
    <EmptyState icon="history" title="Nothing has happened yet">
      <p>Changes of your tasks appear here: yours, and those of your programs.</p>
    </EmptyState>
  )
}
