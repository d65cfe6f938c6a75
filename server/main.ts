import { readEnv } from './env.ts'
import { createLog } from './log.ts'
import { startTaskward } from './taskward.ts'

try {
  const env = readEnv()
  const log = createLog(env)
  const taskward = await startTaskward(env, log)
  log.info(`Taskward is ready at ${taskward.url}`)

  const stop = async (signal: NodeJS.Signals) => {
    log.debug({ signal }, 'Stopping')
    await taskward.close()
    process.exit(0)
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
} catch (error) {
  console.error(`Taskward did not start. ${error instanceof Error ? error.message : error}`)
  process.exit(1)
}
