/** The id of the list item that shows a task. */
export function taskElementId(id: string): string {
  return `task-${id}`
}

/** Puts the focus on a task that is about to be shown; nothing happens where it is filtered out. */
export function focusTask(id: string) {
  requestAnimationFrame(() => {
    document.getElementById(taskElementId(id))?.querySelector('input')?.focus()
  })
}
