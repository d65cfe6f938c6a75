import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { checkTools } from './mcp-checks.mjs'
import { makeToken, signUp, url } from './taskward.mjs'

/* The command line of the Inspector. --strict: reports schemas that some models do not accept. */

const bin = join(import.meta.dirname, '../node_modules/.bin/mcp-inspector')
const token = await makeToken(await signUp())
const header = ['--header', `Authorization: Bearer ${token}`]
async function inspect(...args) {
  const all = ['--cli', `${url}/mcp`, '--transport', 'http', ...header, ...args]
  // It exits with 5 if the tool answers an error.
  const { stdout } = await promisify(execFile)(bin, all).catch((error) => {
    if (error.code !== 5) throw error
    return error
  })
  return JSON.parse(stdout)
}

await checkTools({
  async listNames() {
    const { tools } = await inspect('--method', 'tools/list', '--strict')
    return tools.map(({ name }) => name)
  },
  call(name, args) {
    const pairs = Object.entries(args).map(([key, value]) => {
      return `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`
    })
    return inspect('--method', 'tools/call', '--tool-name', name, '--tool-arg', ...pairs)
  },
})
