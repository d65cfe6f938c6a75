/**
 * The form in which text is compared "without regard to case": lower case, composed (NFC), and with
 * one sigma, which lower case writes in two ways. Composed last, because some capitals have no
 * character of their own where the small letter has one. Done here and not by Postgres' lower(),
 * which in a database of locale C knows only ASCII.
 */
export function fold(text: string): string {
  return text.toLowerCase().normalize('NFC').replaceAll('ς', 'σ')
}
