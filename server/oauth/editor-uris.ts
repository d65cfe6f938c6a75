/**
 * Private schemes of editors that are no reversed domain, as RFC 8252 §7.1 wants. Compared exactly:
 * any other scheme of one word is refused, since another app on the device may have claimed it.
 */
const editorSchemes = [
  'cursor:',
  'vscode:',
  'vscode-insiders:',
  'vscodium:',
  'windsurf:',
  'zed:',
  'trae:',
  'kiro:',
]

/** Reserved by RFC 2606, so no server ever receives a code there. */
export const placeholderHost = 'editor.invalid'
const placeholder = `https://${placeholderHost}/`

/** The consent page would name it as a program that listens on this computer. */
const loopbackName = /^(127\.|\[::1\]|(.+\.)?localhost$)/

/** `cursor://extension/path`: with an authority, which is an extension and no address. */
export function isEditorUri({ protocol, host, port, href }: URL): boolean {
  return (
    editorSchemes.includes(protocol) &&
    host !== '' &&
    port === '' &&
    !loopbackName.test(host) &&
    href.startsWith(`${protocol}//`)
  )
}

/**
 * The provider refuses the schemes of editors at registration only. It registers a placeholder, and
 * `restoreEditorUri` replaces that in the stored client before the response is sent.
 */
export function hideEditorUri(uri: string): string {
  return isEditorUri(new URL(uri)) ? placeholder + encodeURIComponent(uri) : uri
}

/** The URI that `hideEditorUri` hid. Registration refuses a placeholder that a client sends. */
export function restoreEditorUri(uri: string): string {
  return uri.startsWith(placeholder) ? decodeURIComponent(uri.slice(placeholder.length)) : uri
}
