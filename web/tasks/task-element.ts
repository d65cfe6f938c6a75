/** The id of the list item that shows a task. */
export function taskElementId(id: string): string {
  return `task-${id}`
}

/** Focuses a task once it is rendered. Does nothing when a filter hides it. */
export function focusTask(id: string) {
  requestAnimationFrame(() => {
    document.getElementById(taskElementId(id))?.querySelector('input')?.focus()
  })
}
