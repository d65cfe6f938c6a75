import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Plugin } from 'vite'

/** Holds requests for the server until it listens: at the start and while it restarts. */
export function waitForApi(port: number): Plugin {
  return {
    name: 'wait-for-api',
    configureServer({ config, middlewares }) {
      const paths = Object.keys(config.server.proxy ?? {})
      middlewares.use(async ({ url = '/' }, response, next) => {
        const isProxied = paths.some((path) => url.startsWith(path))
        while (isProxied && !response.destroyed && !(await isListening(port))) await sleep(100)
        next()
      })
    },
  }
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
