import { LoadMore } from '../ui/load-more.tsx'

const failure = 'The next tasks could not be loaded.'

/** Loads the next page of tasks when the end of the list is near, or with a button after a failure. */
export function MoreTasks({ onLoad }: { onLoad: () => Promise<boolean> }) {
  return <LoadMore isAutomatic label="Load more" failure={failure} onLoad={onLoad} />
}
