import { readFile } from 'node:fs/promises'
import { isEnumType, isInputObjectType, isIntrospectionType, isObjectType } from 'graphql'
import MiniSearch from 'minisearch'
import { beforeAll, describe, expect, it } from 'vitest'
import { accessTable } from '#schema/access-table.ts'
import { schema } from '#schema/index.ts'
import { readGuides } from './guides.ts'
import { renderMarkdown } from './markdown.ts'
import { buildSite, type SiteFile } from './site.ts'

let site: SiteFile[]
beforeAll(async () => {
  const template = await readFile(new URL('../../web/docs/template.html', import.meta.url), 'utf8')
  site = buildSite(await readGuides(), template)
})

function contentOf(path: string): string {
  const file = site.find((one) => one.path === path)
  if (!file) throw new Error(`The site has no ${path}.`)
  return file.content
}

const pagesOf = (files: SiteFile[]) => files.filter(({ path }) => path.endsWith('.html'))
const addressOf = (path: string) => `/${path.replace(/(\/index)?\.html$/, '')}`

describe('the documents', () => {
  it('link only to what there is, down to the heading', () => {
    const targets = new Set([
      '/',
      '/developer',
      '/graphql',
      '/schema.graphql',
      '/apps',
      '/api/auth/jwks',
    ])
    for (const { path, content } of site) {
      targets.add(path.endsWith('.html') ? addressOf(path) : `/${path}`)
      for (const [, id] of content.matchAll(/ id="([^"]+)"/g))
        targets.add(`${addressOf(path)}#${id}`)
    }
    const links = pagesOf(site).flatMap(({ path, content }) =>
      [...content.matchAll(/<a [^>]*href="([^"]+)"/g)].map(([, href = '']) =>
        href.startsWith('#') ? addressOf(path) + href : href,
      ),
    )
    expect(links.length).toBeGreaterThan(100)
    const broken = links.filter((href) => !/^https:/.test(href) && !targets.has(href))
    expect(broken).toEqual([])
  })

  it('have each address once', () => {
    for (const { path, content } of pagesOf(site)) {
      const ids = [...content.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)
      expect(new Set(ids).size, path).toBe(ids.length)
    }
  })

  it('obey the policy of the pages: no script and no style of their own', () => {
    for (const { content } of pagesOf(site)) {
      expect(content).not.toMatch(/<style| style=| on\w+=|<script(?![^>]* src=)/)
    }
  })

  it('say in the navigation which page this is', () => {
    const current = pagesOf(site).map(({ content }) =>
      [...content.matchAll(/href="([^"]+)" aria-current="page"/g)].map(([, href]) => href),
    )
    expect(current).toEqual(pagesOf(site).map(({ path }) => [addressOf(path)]))
  })

  it('are there as Markdown, and listed for language models', () => {
    const index = contentOf('llms.txt')
    expect(index).toMatch(/^# Taskward\n\n> .+\n/)
    const listed = [...index.matchAll(/^- \[.+\]\(\/(.+)\): .+$/gm)].map(([, path]) => path)
    expect(listed).toEqual(site.map(({ path }) => path).filter((path) => path.endsWith('.md')))
    for (const path of listed) expect(contentOf('llms-full.txt')).toContain(contentOf(path ?? ''))
  })
})

describe('the search', () => {
  const search = (asked: string) => {
    const { options, index } = JSON.parse(contentOf('docs/search-index.json'))
    return MiniSearch.loadJS(index, options).search(asked, { prefix: true, combineWith: 'AND' })
  }

  it.each([
    ['idempotencyKey', '/docs/changing-tasks'],
    ['cost points', '/docs/limits#cost-and-points'],
    ['insufficient_scope', '/docs/errors'],
    ['deleteCompleted', '/docs/reference#mutationdeletecompletedtasks'],
  ])('finds %s at %s', (asked, address) => {
    expect(search(asked).map(({ id }) => id)).toContain(address)
  })

  it('finds nothing where there is nothing', () => {
    expect(search('zeppelin')).toEqual([])
  })
})

describe('the reference', () => {
  it('has every type, field, argument, input field and enum value', () => {
    const text = contentOf('docs/reference.md')
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

  it('has in the scope table what each scope opens', () => {
    const rows = contentOf('docs/scope-table.md').match(/^\| \[`.+$/gm) ?? []
    const cells = rows.map((row) => row.split('|').map((cell) => cell.trim()))
    expect(rows).toHaveLength(Object.keys(accessTable(schema)).length)
    const rowOf = (field: string) => cells.find(([, name]) => name?.startsWith(`[\`${field}\``))
    expect(rowOf('Query.tasks')?.slice(2, -1)).toEqual(['–', '–', '–', 'yes', 'yes'])
    expect(rowOf('Mutation.createTask')?.slice(2, -1)).toEqual(['–', '–', '–', '–', 'yes'])
    expect(rowOf('Viewer.email')?.slice(2, -1)).toEqual(['–', '–', 'yes', '–', '–'])
    expect(rowOf('Query.node')?.slice(2, -1)).toEqual(['–', '–', '–', 'yes', 'yes'])
    expect(rowOf('Query.viewer')?.slice(2, -1)).toEqual(['–', 'yes', 'yes', 'yes', 'yes'])
    expect(rowOf('Query.operationAccess')?.slice(2, -1)).toEqual(Array(5).fill('yes'))
  })
})

describe('renderMarkdown', () => {
  it('gives headings addresses as GitHub does, each once', () => {
    const { html } = renderMarkdown('# A\n\n## Cost & `points`, 1\n\n## Cost & points 1\n')
    expect([...html.matchAll(/id="([^"]*)"/g)].map(([, id]) => id)).toEqual([
      'cost--points-1',
      'cost--points-1-1',
    ])
  })

  it('shows code as it is, and keeps what it means for the tests to itself', () => {
    const { html } = renderMarkdown('```sh run\necho "<b>" && ls\n```\n')
    expect(html).toContain('<code class="sh">echo &quot;&lt;b&gt;&quot; &amp;&amp; ls\n</code>')
  })

  it('tells sections apart for the search', () => {
    const { sections } = renderMarkdown(
      '# Tea\n\nLeaves &amp; water.\n\n## Milk\n\nLater, *or* first.\n',
    )
    expect(sections).toEqual([
      { anchor: '', heading: 'Tea', text: 'Leaves & water.' },
      { anchor: 'milk', heading: 'Milk', text: 'Later, or first.' },
    ])
  })
})
