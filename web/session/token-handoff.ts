/*
 * A token goes from the page that made it to a playground which that page opens: from memory to
 * memory, past storage and addresses, and to a page of this site only.
 */

const ready = 'taskward: the playground is ready'

/** Opens the playground in a tab of its own, where operations are then sent with the token. */
export function openPlaygroundWith(token: string): void {
  const playground = window.open('/graphql', '_blank')
  const { origin } = window.location
  function handOver(event: MessageEvent): void {
    if (event.source !== playground || event.origin !== origin || event.data !== ready) return
    window.removeEventListener('message', handOver)
    playground?.postMessage({ token }, origin)
  }
  window.addEventListener('message', handOver)
}

/** In the playground: asks the page that opened it, if one has, for the token it was opened with. */
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
