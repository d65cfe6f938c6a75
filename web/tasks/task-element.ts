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

/** Focuses the title of a task in the list, once the focus is lost with what had it. */
export function focusTitle(id: string) {
  requestAnimationFrame(() => {
    if (document.activeElement && document.activeElement !== document.body) return
    document.getElementById(taskElementId(id))?.querySelector<HTMLElement>('[data-title]')?.focus()
  })
}

/** The id of the task in the list that has the focus. */
export function findFocusedTask(): string | undefined {
  const prefix = taskElementId('')
  return document.activeElement?.closest(`li[id^="${prefix}"]`)?.id.slice(prefix.length)
}

/** Focuses the title in the open details. */
export function focusOpenTitle() {
  document.querySelector<HTMLElement>('[data-field="title"] textarea')?.focus()
}
