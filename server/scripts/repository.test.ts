import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { topLevel } from './layout/rules.ts'

const root = join(import.meta.dirname, '../..')
const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' })
  .split('\0')
  .filter((file) => file !== '' && existsSync(join(root, file)))
const read = (file: string) => readFileSync(join(root, file), 'utf8')
const { version, engines } = JSON.parse(read('package.json'))

describe('the repository', () => {
  it('has at its top what rules.ts lists, and nothing else', () => {
    const present = new Set(tracked.map((file) => file.split('/', 1)[0]))
    expect([...present].sort()).toEqual([...topLevel].sort())
  })

  it('has its version at the top of the changelog', () => {
    const [, latest] = /^## (\S+) – \d{4}-\d{2}-\d{2}$/m.exec(read('docs/changelog.md')) ?? []
    expect(latest).toBe(version)
  })

  it('names the oldest supported line of Node in .nvmrc', () => {
    expect(engines.node).toMatch(`>=${read('.nvmrc').trim()}.`)
  })
})
