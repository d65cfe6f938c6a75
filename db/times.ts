const utc = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(\.\d{1,3})?\+00$/

/** The time of a timestamptz(3), as Postgres prints it, in the form of Date.toISOString. */
export function toIsoTime(text: string): string {
  // Without a Date in the usual case: the time zone of most servers is UTC, and a Date takes longer.
  const parts = utc.exec(text)
  if (!parts) return new Date(text).toISOString()
  const [, day, time, fraction = '.'] = parts
  return `${day}T${time}${fraction.padEnd(4, '0')}Z`
}
