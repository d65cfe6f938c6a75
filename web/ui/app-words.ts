export type ForeignApp = {
  /** What an app says about itself; Taskward does not check it. Null: it has no name. */
  name: string | null
  /** The host that publishes the app's metadata, which Taskward has read there. Null: none does. */
  publisher: string | null
}

export type ExplainedScope = { scope: string; meaning: string }

export function appName({ name }: Pick<ForeignApp, 'name'>): string {
  return name ?? 'An app without a name'
}

/** Whether any program on the device could receive a code that is sent to the redirect URI. */
export function isOnDevice(uri: string): boolean {
  if (!URL.canParse(uri)) return true
  const { protocol, hostname } = new URL(uri)
  return protocol !== 'https:' || loopback.includes(hostname)
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
