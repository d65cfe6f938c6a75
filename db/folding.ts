/**
 * Case-folds text for comparison: lower case, composed (NFC), and the final sigma as the ordinary
 * one. NFC comes last, because some letters have a composed form only in lower case. Postgres'
 * lower() is not used: in a database with locale C it changes ASCII only.
 */
export function fold(text: string): string {
  return text.toLowerCase().normalize('NFC').replaceAll('ς', 'σ')
}
