/*
 * Passes a token from the page that created it to a playground that this page opens. It goes from
 * memory to memory, never through storage or a URL, and only to a page of the same origin.
 */

const ready = 'taskward: the playground is ready'

/** Opens the playground in a new tab, which then sends operations with the token. */
export function openPlaygroundWith(token: string): void {
  const playground = window.open('/graphql', '_blank')
  const { origin } = window.location
  function sendToken(event: MessageEvent): void {
    if (event.source !== playground || event.origin !== origin || event.data !== ready) return
    window.removeEventListener('message', sendToken)
    playground?.postMessage({ token }, origin)
  }
  window.addEventListener('message', sendToken)
}

/** In the playground: requests the token from the page that opened it, if any. */
export function receiveToken(onToken: (token: string) => void): void {
  const opener: Window | null = window.opener
  const { origin } = window.location
  window.addEventListener('message', (event) => {
    if (opener === null || event.source !== opener || event.origin !== origin) return
    const { token } = Object(event.data)
    if (typeof token === 'string') onToken(token)
  })
  opener?.postMessage(ready, origin)
}
