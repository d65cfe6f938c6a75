/**
 * Case-folds text for comparison: full case folding of Unicode (ß is ss, ﬁ is fi, the final sigma an
 * ordinary one), composed (NFC). Unlike Unicode, İ is i, because people search for it so.
 */
export function fold(text: string): string {
  return keyOf(text)
    .replaceAll(foldedFurther, (letter) => letter.toUpperCase().toLowerCase())
    .replaceAll(/i\u0307+/g, 'i') // İ in lower case
    .normalize('NFC')
}

/**
 * The stored key of a text, which gives the order by title: lower case, composed (NFC), and the final
 * sigma as the ordinary one. NFC comes last, because some letters have a composed form only in lower
 * case. Postgres' lower() is not used: in a database with locale C it changes ASCII only. Where `fold`
 * differs, a trigger stores the folded text too (migration 0010).
 */
export function keyOf(text: string): string {
  return text.toLowerCase().normalize('NFC').replaceAll('ς', 'σ')
}

/**
 * The parts of a text that its key and its folded form have in common. A part begins after the marks
 * of a letter that differs, because NFC may join them to another letter.
 */
export function commonParts(text: string): string[] {
  return keyOf(text).split(differing)
}

/** Of a key. The letters of lower case that case folding still changes. */
const foldedFurther = /\p{Changes_When_Casefolded}/gu
const differing = /(?:\p{Changes_When_Casefolded}|i\u0307)\p{Mark}*/u
