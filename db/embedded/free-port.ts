import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/**
 * Below the ports that systems give to outgoing connections and to a listen on port 0, and above
 * the last one that browsers and `fetch` refuse, 10080 (Fetch standard, "port blocking").
 */
export const [firstPort, endPort] = [10_100, 32_000]

/**
 * Finds a port of the loopback interface for a server that starts later, in another process. It is
 * drawn at random where the system gives out none by itself, so it stays free until then.
 */
export async function findFreePort(): Promise<number> {
  for (;;) {
    const port = randomInt(firstPort, endPort)
    if (await isFree(port)) return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer().once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}
