const dayMs = 86_400_000
const language = 'en-GB'
const formats = new Map<string, Intl.DateTimeFormat>()

/** Cached: creating a format costs as much as about 100 uses, and a list has hundreds of dates. */
function format(date: string, options: Intl.DateTimeFormatOptions): string {
  const key = JSON.stringify(options)
  const made = formats.get(key) ?? new Intl.DateTimeFormat(language, options)
  formats.set(key, made)
  return made.format(new Date(date))
}

/** The local calendar date of an instant, `YYYY-MM-DD`. */
export function localDate(instant: Date): string {
  const pad = (part: number) => String(part).padStart(2, '0')
  return `${instant.getFullYear()}-${pad(instant.getMonth() + 1)}-${pad(instant.getDate())}`
}

/** Whether it is a `Date` of the API: `YYYY-MM-DD`, a day that exists, in the years 0001 to 9999. */
export function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || text < '0001') return false
  // Date.parse takes 31 February for 3 March.
  const time = Date.parse(text)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text)
}

/** `date` moved by whole calendar days; both are `YYYY-MM-DD`. */
export function addDays(date: string, days: number): string {
  return new Date(Date.parse(date) + days * dayMs).toISOString().slice(0, 10)
}

/** Calendar days from `today` to `date`; negative when it has passed. */
export function daysUntil(date: string, today: string): number {
  return Math.round((Date.parse(date) - Date.parse(today)) / dayMs)
}

function dayMonth(date: string, today: string, weekday: boolean): string {
  // The year appears only when it is another one. A Date has no zone, so it is formatted as UTC.
  const sameYear = date.slice(0, 4) === today.slice(0, 4)
  const year = sameYear ? undefined : 'numeric'
  const parts = { day: 'numeric', month: 'short', year, timeZone: 'UTC' } as const
  return format(date, weekday && sameYear ? { ...parts, weekday: 'short' } : parts).replace(',', '')
}

/** A due date in words: "Tomorrow", "Fri 27 Nov", "3 days overdue". */
export function dueWords(date: string, today: string): string {
  const days = daysUntil(date, today)
  if (days === 0) return 'Today'
  if (days === 1) return 'Tomorrow'
  if (days === -1) return 'Yesterday'
  if (days < 0 && days >= -30) return `${-days} days overdue`
  return dayMonth(date, today, true)
}

/** The day of a past instant, as part of a sentence: "today", "yesterday", "12 Nov". */
export function pastWords(instant: string, today: string): string {
  const date = localDate(new Date(instant))
  const days = daysUntil(date, today)
  if (days === 0) return 'today'
  if (days === -1) return 'yesterday'
  return dayMonth(date, today, false)
}

/** The time of day of an instant, in the local time zone: "14:03". */
export function clockTime(instant: string): string {
  return format(instant, { timeStyle: 'short' })
}

/** A whole calendar date: "Friday 27 November 2026". */
export function exactDate(date: string): string {
  return format(date, { dateStyle: 'full', timeZone: 'UTC' }).replace(',', '')
}

/** An instant to the minute, in the local time zone. */
export function exactTime(instant: string): string {
  return format(instant, { dateStyle: 'full', timeStyle: 'short' })
}
