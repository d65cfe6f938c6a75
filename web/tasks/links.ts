/** Schemes that a link may have. A click on any other one could run code. */
const pattern = /\b(?:https?:\/\/|mailto:)[^\s<>"']+/gi

/** What ends a sentence is not part of a link. */
const end = /[.,;:!?)\]}]+$/

/** The links in a text, each once and in order. */
export function findLinks(text: string): string[] {
  const found = text.match(pattern) ?? []
  return [...new Set(found.map((link) => link.replace(end, '')))].filter(isLink)
}

function isLink(link: string): boolean {
  return URL.canParse(link) && ['http:', 'https:', 'mailto:'].includes(new URL(link).protocol)
}
