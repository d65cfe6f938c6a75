/** What an app says about itself; Taskward does not check it. Null: it has no name. */
export type ForeignApp = { name: string | null }

export type ExplainedScope = { scope: string; meaning: string }

export function appName({ name }: ForeignApp): string {
  return name ?? 'An app without a name'
}

const loopback = ['localhost', '127.0.0.1', '[::1]']

/** The destination of a redirect URI in words: the one thing that an app cannot make up. */
export function describeDestination(uri: string): string {
  if (!URL.canParse(uri)) return 'an unknown place'
  const { protocol, hostname, host } = new URL(uri)
  if (loopback.includes(hostname)) return `a program on this computer (${hostname})`
  if (protocol === 'https:') return host
  return `an app on this device (${protocol.slice(0, -1)})`
}
