import type { FragmentType } from '../gql/fragment-masking.ts'
import { TaskDetails, type TaskDetailsFragment } from './task-details.tsx'
import { useDetailsPlace } from './use-details-place.ts'

/** The details of a row's task, unless the page is so wide or narrow that they are elsewhere. */
export function DetailsInRow({ task }: { task: FragmentType<typeof TaskDetailsFragment> }) {
  return useDetailsPlace() === 'row' ? <TaskDetails task={task} /> : null
}
