import { Marked, type Tokens } from 'marked'

/** The text under one heading: one result of the search. */
export type Section = {
  /** Id of the heading; empty for the title of the page. */
  anchor: string
  heading: string
  text: string
}

export type Rendered = {
  html: string
  sections: Section[]
  /** The headings of the second level. */
  contents: Pick<Section, 'anchor' | 'heading'>[]
}

/** Renders HTML with an anchor at each heading. NOTE: only for trusted Markdown; it is not sanitized. */
export function renderMarkdown(markdown: string): Rendered {
  const sections: Section[] = []
  const contents: Rendered['contents'] = []
  const anchors = new Map<string, number>()
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth, text }: Tokens.Heading) {
        const anchor = depth === 1 ? '' : createAnchor(text, anchors)
        const inner = this.parser.parseInline(tokens)
        sections.push({ anchor, heading: toPlainText(inner), text: '' })
        if (depth === 2) contents.push({ anchor, heading: toPlainText(inner) })
        if (depth === 1) return `<h1>${inner}</h1>\n`
        return `<h${depth} id="${anchor}"><a class="anchor" href="#${anchor}">${inner}</a></h${depth}>\n`
      },
      code({ text, lang = '' }: Tokens.Code) {
        const [language = ''] = lang.split(' ')
        return `<pre tabindex="0"><code class="${language}">${escapeHtml(text)}\n</code></pre>\n`
      },
      link({ href, tokens }: Tokens.Link) {
        return `<a href="${escapeHtml(toSiteLink(href))}">${this.parser.parseInline(tokens)}</a>`
      },
      table(token: Tokens.Table) {
        const row = (cells: Tokens.TableCell[]) =>
          `<tr>${cells.map((cell) => this.tablecell(cell)).join('')}</tr>`
        // A name of a column, such as that of a scope, may wrap after its colon.
        const head = row(token.header)
          .replaceAll(/(<code>[^<]*:)/g, '$1<wbr>')
          .replaceAll(/(<th[^>]*>)(\p{Ll})/gu, (_cell, tag, letter) => tag + letter.toUpperCase())
        const body = token.rows.map(row).join('\n')
        // The frame lets a wide table scroll by itself, also with the keyboard.
        return `<div class="table" tabindex="0" role="group" aria-label="Table"><table><thead>${head}</thead><tbody>${body}</tbody></table></div>\n`
      },
    },
  })
  const tokens = marked.lexer(markdown)
  const html = marked.parser(tokens)
  return { html, sections: addText(sections, html), contents }
}

/** Same anchors as GitHub's, so that a link works in the repository and on the site. */
function createAnchor(heading: string, taken: Map<string, number>): string {
  const anchor = heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-')
  const uses = taken.get(anchor) ?? 0
  taken.set(anchor, uses + 1)
  return uses === 0 ? anchor : `${anchor}-${uses}`
}

/** Rewrites a link to another guide: `limits.md#cost-and-points` to `/docs/limits#cost-and-points`. */
function toSiteLink(href: string): string {
  const [, name, anchor = ''] = /^([\w-]+)\.md(#.*)?$/.exec(href) ?? []
  if (name === undefined) return href
  return name === 'api-guide' ? `/docs${anchor}` : `/docs/${name}${anchor}`
}

/** Adds to each section the text up to the next heading. */
function addText(sections: Section[], html: string): Section[] {
  const [, ...parts] = html.split(/<h[1-6][^>]*>.*<\/h[1-6]>/)
  return sections.map((section, index) => ({ ...section, text: toPlainText(parts[index] ?? '') }))
}

function toPlainText(html: string): string {
  return html
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
    .replaceAll(/\s+/g, ' ')
    .trim()
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
