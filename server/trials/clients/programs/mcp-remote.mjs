import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import {
  getDefaultEnvironment,
  StdioClientTransport,
} from '@modelcontextprotocol/sdk/client/stdio.js'
import { checkTools } from './mcp-checks.mjs'
import { allScopes } from './memory-provider.mjs'
import { allow, makeToken, signUp, url, withScope } from './taskward.mjs'

/* A client that speaks stdio only, with an access token and with OAuth in the user's browser. */

const folder = mkdtempSync(join(tmpdir(), 'taskward-mcp-remote-'))
const program = join(import.meta.dirname, '../node_modules/mcp-remote/dist/proxy.js')

/** Calls `read` with each line that mcp-remote prints for the user. */
async function check(args, read = () => {}) {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [program, `${url}/mcp`, '--allow-http', ...args],
    env: { ...getDefaultEnvironment(), MCP_REMOTE_CONFIG_DIR: folder, BROWSER: 'true' },
    stderr: 'pipe',
  })
  createInterface(transport.stderr).on('line', read)
  const client = new Client({ name: 'example', version: '1.0.0' })
  await client.connect(transport)
  await checkTools({
    listNames: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: (name, args) => client.callTool({ name, arguments: args }),
  })
  await client.close()
}

try {
  const ada = await signUp()
  await check(['--header', `Authorization: Bearer ${await makeToken(ada)}`])

  let visits = 0
  const browse = async (line) => {
    const [authorizationUrl] = /http\S+oauth2\/authorize\?\S+/.exec(line) ?? []
    if (!authorizationUrl) return
    visits += 1
    const response = await fetch(await allow(ada, withScope(authorizationUrl, allScopes)))
    assert.equal(response.status, 200)
  }
  await check([], browse)
  assert.equal(visits, 1)
  await check([], browse) // with the stored tokens
  assert.equal(visits, 1)
} finally {
  rmSync(folder, { recursive: true })
}
