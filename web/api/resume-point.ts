type Fields = Record<string, unknown>

/** The value of this name in a root field of a result. */
function findText(data: unknown, name: string): string | undefined {
  for (const field of Object.values((data ?? {}) as Fields)) {
    const value = (field as Fields | null)?.[name]
    if (typeof value === 'string') return value
  }
  return undefined
}

export type ResumePoint = ReturnType<typeof createResumePoint>

/**
 * Where a subscription continues after a break: behind the last event, or where the history stood
 * when the page was first read.
 */
export function createResumePoint() {
  let cursor: string | undefined
  let isOpen = false
  let isMixed = false

  return {
    get cursor() {
      return cursor
    },

    /** A stream begins after `cursor`. @returns whether the page must read its data again. */
    begin(): boolean {
      const mustRead = cursor === undefined || isMixed
      isOpen = true
      isMixed = false
      return mustRead
    },

    end(): void {
      isOpen = false
    },

    noteEvent(data: unknown): void {
      cursor = findText(data, 'cursor') ?? cursor
    },

    /** A result of a break has changes that the next stream sends again, so lists would count them twice. */
    noteResult(data: unknown): void {
      if (isOpen) cursor ??= findText(data, 'changesCursor')
      else isMixed = true
    },

    /** The API does not accept the cursor any more. */
    forget(): void {
      cursor = undefined
    },
  }
}
