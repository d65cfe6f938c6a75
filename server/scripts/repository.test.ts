import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join, normalize } from 'node:path'
import { describe, expect, it } from 'vitest'
import { renderMarkdown } from '../docs-site/markdown.ts'
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

describe('the packages of Better Auth', () => {
  it('are installed once each, so that the plugins use the classes of the core', () => {
    const { packages } = JSON.parse(read('package-lock.json'))
    const names = Object.keys(packages)
      .map((path) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length))
      .filter((name) => /^(better-auth|better-call|@better-auth\/.+|@better-fetch\/.+)$/.test(name))
    expect(names.length).toBeGreaterThan(5)
    expect(new Set(names).size).toBe(names.length)
  })
})

describe('a link on a forge', () => {
  it('leads to a file and a heading that exist', () => {
    const documents = tracked.filter((file) => file.endsWith('.md'))
    const broken = documents.flatMap((document) =>
      linksIn(document)
        .filter((link) => !isFound(document, link))
        .map((link) => `${document}: ${link}`),
    )
    expect(broken).toEqual([])
  })
})

/** The targets of the links and images, without those to other sites. */
function linksIn(document: string): string[] {
  const text = read(document)
    .replaceAll(/^```[\s\S]*?^```$/gm, '')
    .replaceAll(/`[^`\n]*`/g, '')
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
  return links.filter((target) => !/^(https?|mailto):/.test(target))
}

function isFound(document: string, link: string): boolean {
  const [path = '', anchor] = link.split('#')
  const target = path === '' ? document : normalize(join(document, '..', path))
  if (path.startsWith('/') || !existsSync(join(root, target))) return false
  if (anchor === undefined) return true
  return statSync(join(root, target)).isFile() && anchorsIn(target).includes(anchor)
}

function anchorsIn(document: string): string[] {
  return renderMarkdown(read(document)).sections.map((section) => section.anchor)
}
