import { readFile } from 'node:fs/promises'
import { isEnumType, isInputObjectType, isIntrospectionType, isObjectType } from 'graphql'
import MiniSearch from 'minisearch'
import { beforeAll, describe, expect, it } from 'vitest'
import { accessTable } from '#schema/access-table.ts'
import { schema } from '#schema/index.ts'
import { grantableScopes } from '#schema/scopes.ts'
import { readGuides, readLinkedFiles } from './guides.ts'
import { renderMarkdown } from './markdown.ts'
import { buildSite, type SiteFile } from './site.ts'

let site: SiteFile[]
beforeAll(async () => {
  const template = await readFile(new URL('../../web/docs/template.html', import.meta.url), 'utf8')
  site = buildSite(await readGuides(), template, await readLinkedFiles())
})

function readSiteFile(path: string): string {
  const file = site.find((one) => one.path === path)
  if (!file) throw new Error(`The site has no ${path}.`)
  return file.content
}

const listPages = (files: SiteFile[]) => files.filter(({ path }) => path.endsWith('.html'))
const toAddress = (path: string) => `/${path.replace(/(\/index)?\.html$/, '')}`

describe('the documents', () => {
  it('link only to pages and headings that exist', () => {
    const targets = new Set([
      '/',
      '/developer',
      '/graphql',
      '/schema.graphql',
      '/apps',
      '/api/auth/jwks',
    ])
    for (const { path, content } of site) {
      targets.add(path.endsWith('.html') ? toAddress(path) : `/${path}`)
      for (const [, id] of content.matchAll(/ id="([^"]+)"/g))
        targets.add(`${toAddress(path)}#${id}`)
    }
    const links = listPages(site).flatMap(({ path, content }) =>
      [...content.matchAll(/<a [^>]*href="([^"]+)"/g)].map(([, href = '']) =>
        href.startsWith('#') ? toAddress(path) + href : href,
      ),
    )
    expect(links.length).toBeGreaterThan(100)
    const broken = links.filter((href) => !/^https:/.test(href) && !targets.has(href))
    expect(broken).toEqual([])
  })

  it('have unique ids on each page', () => {
    for (const { path, content } of listPages(site)) {
      const ids = [...content.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)
      expect(new Set(ids).size, path).toBe(ids.length)
    }
  })

  it('have no inline script or style, which the content security policy forbids', () => {
    for (const { content } of listPages(site)) {
      expect(content).not.toMatch(/<style| style=| on\w+=|<script(?![^>]* src=)/)
    }
  })

  it('mark the current page in the navigation', () => {
    const pages = listPages(site).filter(({ path }) => path !== 'docs/404.html')
    const current = pages.map(({ content }) =>
      [...content.matchAll(/href="([^"]+)" aria-current="page"/g)].map(([, href]) => href),
    )
    expect(current).toEqual(pages.map(({ path }) => [toAddress(path)]))
  })

  it('are in the navigation once each, in groups', () => {
    const content = readSiteFile('docs/index.html')
    const [, navigation = ''] = /<nav class="documents"[^>]*>(.*?)<\/nav>/s.exec(content) ?? []
    expect([...navigation.matchAll(/<h2[^>]*>(.*?)<\/h2>/g)].map(([, group]) => group)).toEqual([
      'Start',
      'Guides',
      'Reference',
      'Operate',
    ])
    const linked = [...navigation.matchAll(/href="(\/[^"]+)"/g)].map(([, href]) => href)
    const pages = listPages(site).map(({ path }) => toAddress(path))
    expect(linked).toEqual(pages.filter((path) => path !== '/docs/404'))
  })

  it('lead to the one before and the one after, in the order of the navigation', () => {
    const pages = listPages(site).filter(({ path }) => path !== 'docs/404.html')
    const addresses = pages.map(({ path }) => toAddress(path))
    for (const [at, { content }] of pages.entries()) {
      const [, neighbours = ''] = /<nav class="neighbours"[^>]*>(.*?)<\/nav>/s.exec(content) ?? []
      const linked = [...neighbours.matchAll(/href="([^"]+)"/g)].map(([, href]) => href)
      expect(linked).toEqual([addresses[at - 1], addresses[at + 1]].filter(Boolean))
    }
  })

  it('list the headings of a long page, and not those of a short one', () => {
    expect(readSiteFile('docs/operations.html')).toMatch(
      /aria-label="On this page">.*<a class="page-link" href="#back-up-and-restore">Back up and restore</s,
    )
    expect(readSiteFile('docs/scope-table.html')).not.toContain('On this page')
  })

  it('have a page for wrong paths, with the navigation and a way back', () => {
    const content = readSiteFile('docs/404.html')
    expect(content).toMatch(
      /<main [^>]*>\s*<article><h1>There is no such page<\/h1>.*<a href="\/docs">/,
    )
    expect(content).toContain('href="/docs/errors"')
    expect(content).not.toContain('aria-current')
  })

  it('are served as Markdown and listed in llms.txt', () => {
    const index = readSiteFile('llms.txt')
    expect(index).toMatch(/^# Taskward\n\n> .+\n/)
    const listed = [...index.matchAll(/^- \[.+\]\(\/(.+)\): .+$/gm)].map(([, path]) => path)
    expect(listed).toEqual(site.map(({ path }) => path).filter((path) => path.endsWith('.md')))
    for (const path of listed)
      expect(readSiteFile('llms-full.txt')).toContain(readSiteFile(path ?? ''))
  })
})

describe('the search', () => {
  const search = (text: string) => {
    const { options, index } = JSON.parse(readSiteFile('docs/search-index.json'))
    return MiniSearch.loadJS(index, options).search(text, { prefix: true, combineWith: 'AND' })
  }

  it.each([
    ['idempotencyKey', '/docs/changing-tasks'],
    ['cost points', '/docs/limits#cost-and-points'],
    ['insufficient_scope', '/docs/errors'],
    ['deleteCompleted', '/docs/reference#mutationdeletecompletedtasks'],
  ])('finds %s at %s', (text, address) => {
    expect(search(text).map(({ id }) => id)).toContain(address)
  })

  it('finds nothing for a word that is on no page', () => {
    expect(search('zeppelin')).toEqual([])
  })
})

describe('the reference', () => {
  it('has every type, field, argument, input field and enum value', () => {
    const text = readSiteFile('docs/reference.md')
    const ownTypes = Object.values(schema.getTypeMap()).filter((type) => !isIntrospectionType(type))
    const names = ownTypes.flatMap((type) => {
      if (isEnumType(type)) return type.getValues().map(({ name }) => `\`${name}\``)
      if (isInputObjectType(type)) return Object.keys(type.getFields()).map((name) => `\`${name}\``)
      if (!isObjectType(type)) return []
      const root = ['Query', 'Mutation', 'Subscription'].includes(type.name)
      return Object.values(type.getFields()).flatMap(({ name, args }) => [
        root ? `### ${type.name}.${name}` : `\`${name}\``,
        ...args.map((arg) => `\`${arg.name}\``),
      ])
    })
    expect(names.length).toBeGreaterThan(80)
    expect(names.filter((name) => !text.includes(name))).toEqual([])
  })

  it('shows in the scope table which fields each scope gives access to', () => {
    const rows = readSiteFile('docs/scope-table.md').match(/^\| \[`.+$/gm) ?? []
    const cells = rows.map((row) => row.split('|').map((cell) => cell.trim()))
    expect(rows).toHaveLength(Object.keys(accessTable(schema)).length)
    const callers = ['no token', 'no scope', ...grantableScopes]
    const findRow = (field: string) => cells.find(([, name]) => name?.startsWith(`[\`${field}\``))
    const allowedTo = (field: string) =>
      findRow(field)
        ?.slice(2, -1)
        .flatMap((mark, at) => (mark === 'yes' ? [callers[at]] : []))
    const reading = ['tasks:read', 'tasks:write']
    expect(allowedTo('Query.tasks')).toEqual(reading)
    expect(allowedTo('Query.node')).toEqual(reading)
    expect(allowedTo('Mutation.createTask')).toEqual(['tasks:create', 'tasks:write'])
    expect(allowedTo('Mutation.deleteTask')).toEqual(['tasks:delete'])
    expect(allowedTo('Viewer.email')).toEqual(['email'])
    expect(allowedTo('Query.viewer')).toEqual(callers.slice(1))
    expect(allowedTo('Query.operationAccess')).toEqual(callers)
  })
})

describe('renderMarkdown', () => {
  it('gives each heading a unique anchor, as GitHub does', () => {
    const { html } = renderMarkdown('# A\n\n## Cost & `points`, 1\n\n## Cost & points 1\n')
    expect([...html.matchAll(/id="([^"]*)"/g)].map(([, id]) => id)).toEqual([
      'cost--points-1',
      'cost--points-1-1',
    ])
  })

  it('escapes code and omits the mark for the tests', () => {
    const { html } = renderMarkdown('```sh run\necho "<b>" && ls\n```\n')
    expect(html).toContain('<code class="sh">echo &quot;&lt;b&gt;&quot; &amp;&amp; ls\n</code>')
  })

  it('lets the name of a column wrap after its colon', () => {
    const { html } = renderMarkdown('| field | `tasks:read` |\n|---|---|\n| `a:b` | yes |\n')
    expect(html).toContain('<code>tasks:<wbr>read</code>')
    expect(html).toContain('<code>a:b</code>')
  })

  it('begins the name of a column with a capital, but not a code', () => {
    const { html } = renderMarkdown('| what | `limit` | Else |\n|---|---|---|\n| a | b | c |\n')
    expect(html).toContain('<th>What</th>\n<th><code>limit</code></th>\n<th>Else</th>')
  })

  it('splits a page into sections for the search', () => {
    const { sections } = renderMarkdown(
      '# Tea\n\nLeaves &amp; water.\n\n## Milk\n\nLater, *or* first.\n',
    )
    expect(sections).toEqual([
      { anchor: '', heading: 'Tea', text: 'Leaves & water.' },
      { anchor: 'milk', heading: 'Milk', text: 'Later, or first.' },
    ])
  })
})
