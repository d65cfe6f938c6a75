import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { chooseClients, clients } from './clients.ts'

/* The table of `npm run test:clients`. */

const helpers = [
  'mcp-checks.mjs',
  'mcp-sdk.mjs',
  'memory-provider.mjs',
  'print-token.mjs',
  'taskward.mjs',
]

describe('the table of clients', () => {
  it('has every program of the folder', () => {
    const programs = readdirSync(join(import.meta.dirname, 'programs'))
    const listed = clients.map(({ run }) => run).filter((run) => run.endsWith('.mjs'))
    expect([...listed, ...helpers].sort()).toEqual(programs.sort())
  })

  it('names packages that the folder installs', () => {
    const { dependencies } = JSON.parse(
      readFileSync(join(import.meta.dirname, 'package.json'), 'utf8'),
    )
    for (const { package: name } of clients) expect(dependencies).toHaveProperty([name])
  })

  it('is run as a whole without a name, and in part with names', () => {
    expect(chooseClients([])).toBe(clients)
    expect(chooseClients(['urql', 'Relay']).map(({ name }) => name)).toEqual(['Relay', 'urql'])
  })

  it('refuses a name that no client has', () => {
    expect(() => chooseClients(['urql', 'Curl'])).toThrow('No client is named Curl.')
  })
})
