import { z } from 'zod'
import { hasHidden, isBlank } from '#schema/visible.ts'

const productName = 'taskward'

/** Characters that look like letters of the product's name, after normalization to NFKD. */
const lookAlikes: Readonly<Record<string, string>> = {
  ...{ т: 't', τ: 't', '7': 't', а: 'a', α: 'a', ɑ: 'a', '4': 'a', '@': 'a', ѕ: 's', '5': 's' },
  ...{ $: 's', к: 'k', κ: 'k', ԝ: 'w', ѡ: 'w', ω: 'w', г: 'r', ԁ: 'd', ɗ: 'd', ɡ: 'g', ꮃ: 'w' },
}

/** Whole emoji: ZWJ, VS16 and tags are allowed only inside them. */
// biome-ignore lint/complexity/useRegexLiterals: tsc allows the flag v in literals only for es2024.
const emoji = new RegExp('\\p{RGI_Emoji}', 'gv')
/**
 * U+200C and U+200D change the shape of the letters beside them in these scripts. Between other
 * letters they are invisible.
 */
const joiningScripts = ['Arab', 'Syrc', 'Mong', 'Deva', 'Beng', 'Guru', 'Gujr', 'Orya']
  .concat(['Taml', 'Telu', 'Knda', 'Mlym', 'Sinh', 'Khmr'])
  .map((script) => `\\p{scx=${script}}`)
  .join('')
const joiners = new RegExp(`(?<=[${joiningScripts}])[\\u200c\\u200d](?=[${joiningScripts}])`, 'gu')

/** Trimmed; 1 to `max` visible characters, counted as Unicode code points. */
export function createNameSchema(what: string, max: number) {
  return z
    .string()
    .max(max * 4, `${what} must have 1 to ${max} characters.`) // before any other work
    .trim()
    .refine((name) => name !== '' && [...name].length <= max, {
      error: `${what} must have 1 to ${max} characters.`,
    })
    .refine(isVisible, { error: `${what} must contain only visible characters.` })
}

export const PersonName = createNameSchema('Your name', 80)
export const AccessTokenName = createNameSchema('A name', 64)
export const AppName = createNameSchema('A name', 80).refine((name) => !isProductName(name), {
  error: `A name must not be or begin with ${JSON.stringify('Taskward')}, or look like it.`,
})

/** Characters that do not belong in a line of text. */
const unwanted = /[\p{C}\p{Zl}\p{Zp}\s]+/gu
const maxLength = 80

/**
 * A stored name as one line of 1 to 80 visible characters. Names from before the schemas above, or
 * written by another program, may be anything. Undefined: nothing is left.
 */
export function cleanName(name: string | null | undefined): string | undefined {
  const stored = name ?? ''
  const line = isVisible(stored) ? stored : stored.replace(unwanted, ' ')
  const cut = [...line.trim()].slice(0, maxLength).join('')
  return isBlank(cut) ? undefined : cut
}

function isVisible(name: string): boolean {
  if (isBlank(name)) return false
  return !hasHidden(name.replace(emoji, '').replace(joiners, ''))
}

/**
 * Whether the name begins with the product's name, ignoring case, spaces, marks and look-alike
 * characters.
 */
function isProductName(name: string): boolean {
  const plain = name.normalize('NFKD').toLowerCase()
  const folded = [...plain].map((letter) => lookAlikes[letter] ?? letter).join('')
  return folded.replace(/[^\p{L}\p{N}]/gu, '').startsWith(productName)
}
