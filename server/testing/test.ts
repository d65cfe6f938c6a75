import { it as base } from 'vitest'
import type { Logger } from '../log/log.ts'
import { startApp, startBeside } from './app.ts'
import { registerApp } from './oauth.ts'

/** Environment of the app beyond the required variables. `withVariables` changes it for a file. */
const noVariables: Record<string, string> = {}

/**
 * - `app`: the whole application with its own database, one for each test file
 * - `other`: another instance on the same database
 * - `ada`, `bob`: users who signed up once for each test file
 * - `notebook`: a third-party app that is registered once for each test file
 * - `log`: the log of `app`. Undefined: nothing is logged.
 */
export const it = base
  .extend('variables', { scope: 'file' }, () => noVariables)
  .extend('log', { scope: 'file' }, (): Logger | undefined => undefined)
  .extend('app', { scope: 'file' }, async ({ variables, log }, { onCleanup }) => {
    const app = await startApp({ variables, log })
    onCleanup(app.close)
    return app
  })
  .extend('other', { scope: 'file' }, async ({ app, variables }, { onCleanup }) => {
    const other = await startBeside(app, variables)
    onCleanup(other.close)
    return other
  })
  .extend('ada', { scope: 'file' }, ({ app }) => app.signUp('Ada'))
  .extend('bob', { scope: 'file' }, ({ app }) => app.signUp('Bob'))
  .extend('notebook', { scope: 'file' }, ({ app }) => registerApp(app))

/**
 * `it` for a file whose app has these variables. `it.override` would change them for later files
 * too, because test files share their modules.
 */
export function withVariables(variables: Record<string, string>) {
  return it.extend('variables', { scope: 'file' }, () => variables)
}

/** `it` for a file that reads the log of its app. */
export function withLog(log: Logger) {
  return it.extend('log', { scope: 'file' }, () => log)
}
