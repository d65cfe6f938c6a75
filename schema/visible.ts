/**
 * Characters without a visible shape. Unicode counts U+2800 as a symbol and U+3164 as a letter.
 * Unassigned characters are not among them: they may be emoji that this version of Node does not know.
 */
const invisible = /[\p{Z}\p{Cc}\p{Cf}\p{Cs}\p{M}\p{Default_Ignorable_Code_Point}\u2800]/gu

/** Also those that change direction or break a line, and unassigned ones. Spaces and marks are allowed. */
const hidden = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u

/** The text has a character that a reader cannot see. For text by which people decide. */
export function hasHidden(text: string): boolean {
  return hidden.test(text)
}

/** Nothing of the text can be seen. */
export function isBlank(text: string): boolean {
  return text.replace(invisible, '') === ''
}
