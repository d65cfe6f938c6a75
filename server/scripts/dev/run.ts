import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { loadEnvFile } from 'node:process'
import { createLogger, createServer } from 'vite'
import { waitForApi } from './api.ts'
import { serveDocs } from './docs.ts'
import { regenerate } from './regenerate.ts'

/*
 * Development on one URL: Vite listens on PORT and proxies all other requests to the server, which
 * listens one port higher and restarts when its sources change.
 */

const root = join(import.meta.dirname, '../../..')
if (existsSync('.env')) loadEnvFile()
const port = Number(process.env.PORT ?? 4000)

process.env.PORT = String(port + 1) // read by web/vite.config.ts and by the server
process.env.BETTER_AUTH_URL ??= `http://localhost:${port}`

// A proxied request fails only when the server restarts while it answers. The server logs its own
// errors.
const logger = createLogger('warn')
const logError = logger.error
logger.error = (message, options) => {
  if (!message.includes('proxy error')) logError(message, options)
}

const web = await createServer({
  configFile: join(root, 'web/vite.config.ts'),
  customLogger: logger,
  plugins: [waitForApi(port + 1), serveDocs(root), regenerate(root)],
  server: { port, strictPort: true },
})
await web.listen()

const tsx = join(root, 'node_modules/.bin/tsx')
const api = spawn(tsx, ['watch', '--clear-screen=false', 'server/main.ts'], {
  cwd: root,
  stdio: 'inherit',
})
console.log(`Taskward for development: http://localhost:${port}`)

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => api.kill(signal))
api.once('exit', async (code) => {
  await web.close()
  process.exit(code ?? 0)
})
