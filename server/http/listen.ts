import { connect, createServer, type Server } from 'node:net'

/**
 * `host` undefined: every address of the machine. `variable`: the one that sets the port. Default:
 * PORT.
 */
export type Address = { port: number; host: string | undefined; variable?: string }

/** @throws Error that says which variable to change. */
export function listen(server: Server, address: Address): Promise<void> {
  const { port, host } = address
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explain(error, address)))
    server.listen({ port, host }, resolve)
  })
}

/**
 * Finds a taken port before the start has done anything else. Another program may still take it
 * until the server listens; `listen` finds that. This does not listen on the port: a proxy that
 * tries it would be connected, and reset when the probe ends.
 * @throws Error as `listen` does.
 */
export async function requireFreePort(address: Address): Promise<void> {
  const { port, host } = address
  const probe = createServer()
  await listen(probe, { port: 0, host }) // HOST is an address of this machine
  await new Promise((resolve) => probe.close(resolve))
  if (await isAnswered(port, host)) throw explain({ code: 'EADDRINUSE' }, address)
}

function isAnswered(port: number, host = 'localhost'): Promise<boolean> {
  const socket = connect({ port, host, timeout: 1_000 })
  return new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true))
    for (const event of ['error', 'timeout']) socket.once(event, () => resolve(false))
  }).finally(() => socket.destroy())
}

function explain(
  error: Error | { code: string },
  { port, host, variable = 'PORT' }: Address,
): Error {
  const { code } = error as NodeJS.ErrnoException
  const cause = error
  if (code === 'EADDRINUSE')
    return new Error(`Port ${port} is in use. Stop the program that uses it, or set ${variable}.`, {
      cause,
    })
  if (code === 'EACCES')
    return new Error(`This user may not listen on port ${port}. Set ${variable} to 1024 or more.`, {
      cause,
    })
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EINVAL')
    return new Error(`HOST is ${host}, which is no address of this machine.`, { cause })
  return error instanceof Error ? error : new Error(code)
}
