import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { App } from './app.ts'

const root = join(import.meta.dirname, '../..')

export type ProgramResult = { code: number; stdout: string; stderr: string }

/** Runs a program of the server, such as `server/main.ts`, with the environment of an operator. */
export function runProgram(app: App, program: string, args: string[]): Promise<ProgramResult> {
  const env = {
    ...process.env,
    NODE_ENV: 'production',
    DATABASE_URL: app.databaseUrl,
    BETTER_AUTH_SECRET: app.secret,
    BETTER_AUTH_URL: app.url,
  }
  const command = ['--import', 'tsx', program, ...args]
  const done = promisify(execFile)(process.execPath, command, { cwd: root, env })
  return done.then(
    (output) => ({ code: 0, ...output }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
  )
}
