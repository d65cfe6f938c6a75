/**
 * The form in which text is compared "without regard to case": composed (NFC) and lower case.
 * Done here and not by Postgres' lower(), which in a database of locale C knows only ASCII.
 */
export function fold(text: string): string {
  return text.normalize('NFC').toLowerCase()
}
