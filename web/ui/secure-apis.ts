/**
 * The one file that may use browser APIs that exist on secure pages only (HTTPS and localhost). On
 * plain http in a home network they are undefined, so each has a fallback here.
 * `secure-apis.test.ts` checks that no other file uses them.
 */

/** 128 random bits as text. `crypto.randomUUID` exists on secure pages only, this on every page. */
export function createRandomKey(): string {
  const parts = crypto.getRandomValues(new Uint32Array(4))
  return Array.from(parts, (part) => part.toString(16).padStart(8, '0')).join('')
}

/**
 * Copies the text of an element. Call it from an event of the user.
 * @returns false: the browser did not allow it. The text is selected, so that the user can copy it.
 */
export async function copyText(element: HTMLElement): Promise<boolean> {
  const isCopied = await navigator.clipboard?.writeText(element.textContent).then(
    () => true,
    () => false,
  )
  if (isCopied) return true
  window.getSelection()?.selectAllChildren(element)
  // Deprecated, but the only way to copy on a page that is not secure.
  return document.execCommand?.('copy') ?? false
}
