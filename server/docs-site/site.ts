import MiniSearch from 'minisearch'
import { type Guide, groups } from './guides.ts'
import { escapeHtml, renderMarkdown } from './markdown.ts'

/** A file of the site. Its path is relative to the site's root. */
export type SiteFile = { path: string; content: string }

/** Shown for a wrong path under /docs; server/http/static.ts serves it with 404. */
const missingPage = {
  title: 'Not found · Taskward',
  summary: 'There is no such page.',
  alternate: '',
  contents: '',
  neighbours: '',
  article:
    '<h1>There is no such page</h1><p>The address may be mistyped, or old. Search above, or go to the <a href="/docs">overview of the documents</a>.</p>',
}

/**
 * Builds all files under /docs, and /llms.txt for language models (llmstxt.org).
 * `template`: a page of the built client with the marks that `fill` replaces. `linkedFiles`: further
 * files that the guides link to.
 */
export function buildSite(
  guides: Guide[],
  template: string,
  linkedFiles: SiteFile[] = [],
): SiteFile[] {
  const pages = guides.map((guide) => ({ guide, ...renderMarkdown(guide.markdown) }))
  return [
    ...pages.map(({ guide, html, contents }) => ({
      path: `docs/${guide === guides[0] ? 'index' : guide.name}.html`,
      content: fill(template, {
        title: `${escapeHtml(guide.title)} · Taskward`,
        summary: escapeHtml(guide.summary),
        alternate: `<link rel="alternate" type="text/markdown" href="/docs/${guide.name}.md" />`,
        navigation: navigationOf(guides, guide),
        contents: contentsOf(contents),
        neighbours: neighboursOf(guides, guide),
        article: `${html}<p class="source"><a href="/docs/${guide.name}.md">This page as Markdown</a></p>`,
      }),
    })),
    {
      path: 'docs/404.html',
      content: fill(template, { ...missingPage, navigation: navigationOf(guides) }),
    },
    ...guides.map(({ name, markdown }) => ({ path: `docs/${name}.md`, content: markdown })),
    ...linkedFiles,
    { path: 'docs/search-index.json', content: searchIndexOf(pages) },
    { path: 'llms.txt', content: llmsText(guides) },
    { path: 'llms-full.txt', content: guides.map(({ markdown }) => markdown).join('\n\n') },
  ]
}

export function pathOf(guides: Guide[], guide: Guide): string {
  return guide === guides[0] ? '/docs' : `/docs/${guide.name}`
}

function fill(template: string, parts: Record<string, string>): string {
  return template.replaceAll(/<!--(\w+)-->/g, (mark, name) => {
    const part = parts[name]
    if (part === undefined) throw new Error(`The template has an unknown mark: ${mark}`)
    return part
  })
}

function navigationOf(guides: Guide[], current?: Guide): string {
  const lists = groups.map((group) => {
    const links = guides
      .filter((guide) => guide.group === group)
      .map((guide) => `<li>${linkTo(guides, guide, guide === current)}</li>`)
    return `<h2 class="group">${group}</h2><ul>${links.join('\n')}</ul>`
  })
  return lists.join('\n')
}

function linkTo(guides: Guide[], guide: Guide, isCurrent = false): string {
  const here = isCurrent ? ' aria-current="page"' : ''
  return `<a class="page-link" href="${pathOf(guides, guide)}"${here}>${escapeHtml(guide.title)}</a>`
}

/** With fewer headings a page is seen at once. */
const minContents = 3

function contentsOf(headings: Page['contents']): string {
  if (headings.length < minContents) return ''
  const links = headings.map(
    ({ anchor, heading }) =>
      `<li><a class="page-link" href="#${anchor}">${escapeHtml(heading)}</a></li>`,
  )
  return `<nav class="contents" aria-label="On this page"><h2 class="group">On this page</h2><ul>${links.join('\n')}</ul></nav>`
}

function neighboursOf(guides: Guide[], current: Guide): string {
  const at = guides.indexOf(current)
  const link = (word: string, guide: Guide | undefined) =>
    guide ? `<p class="${word.toLowerCase()}">${word} ${linkTo(guides, guide)}</p>` : ''
  return `<nav class="neighbours" aria-label="Previous and next document">${link('Previous', guides[at - 1])}${link('Next', guides[at + 1])}</nav>`
}

type Page = ReturnType<typeof renderMarkdown> & { guide: Guide }

/** Read by web/docs/search.ts. The reader must use the same options as the index, so they are included. */
function searchIndexOf(pages: Page[]): string {
  const options = { fields: ['heading', 'text', 'page'], storeFields: ['page', 'heading', 'text'] }
  const index = new MiniSearch(options)
  const guides = pages.map(({ guide }) => guide)
  for (const { guide, sections } of pages) {
    for (const { anchor, heading, text } of sections) {
      const path = pathOf(guides, guide) + (anchor && `#${anchor}`)
      index.add({ id: path, page: guide.title, heading, text })
    }
  }
  return JSON.stringify({ options, index })
}

function llmsText(guides: Guide[]): string {
  const line = ({ name, title, summary }: Guide) => `- [${title}](/docs/${name}.md): ${summary}`
  return `# Taskward

> A task manager with one GraphQL API at /graphql, and tokens that can do only what their scopes say.

Send \`Authorization: Bearer <token>\` with every request. The schema with its access rules is at /schema.graphql. All guides in one file: /llms-full.txt.

${groups
  .map(
    (group) =>
      `## ${group}\n\n${guides
        .filter((guide) => guide.group === group)
        .map(line)
        .join('\n')}`,
  )
  .join('\n\n')}
`
}
