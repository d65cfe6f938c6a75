import { setTimeout as sleep } from 'node:timers/promises'
import { readEnv } from './env.ts'
import { createLog } from './log/log.ts'
import { startTaskward } from './taskward.ts'

const maxStopMs = 10_000
/** npm repeats the terminal's Ctrl-C immediately. A signal within this time is that repetition. */
const repetitionMs = 500

try {
  const env = readEnv()
  const log = createLog(env)
  const taskward = await startTaskward(env, log)
  log.info(`Taskward is ready at ${taskward.url}`)

  let stoppingSince = Number.POSITIVE_INFINITY
  const stop = async (signal: NodeJS.Signals) => {
    // A second signal exits without waiting.
    if (performance.now() - stoppingSince > repetitionMs) process.exit(1)
    if (stoppingSince < performance.now()) return
    stoppingSince = performance.now()
    log.info({ signal }, 'Stopping')
    await Promise.race([taskward.close(), sleep(maxStopMs)])
    process.exit(0)
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
} catch (error) {
  console.error(`Taskward did not start. ${error instanceof Error ? error.message : error}`)
  process.exit(1)
}
