import { Marked, type Tokens } from 'marked'

/** A stretch of a page under one heading: what a search finds. */
export type Section = {
  /** Of the heading on the page; empty: the page itself. */
  anchor: string
  heading: string
  text: string
}

export type Rendered = { html: string; sections: Section[] }

/** Markdown of ours (it is not made safe for anybody else's) as HTML with an anchor at each heading. */
export function renderMarkdown(markdown: string): Rendered {
  const sections: Section[] = []
  const anchors = new Map<string, number>()
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth, text }: Tokens.Heading) {
        const anchor = depth === 1 ? '' : anchorOf(text, anchors)
        const inner = this.parser.parseInline(tokens)
        sections.push({ anchor, heading: plainOf(inner), text: '' })
        if (depth === 1) return `<h1>${inner}</h1>\n`
        return `<h${depth} id="${anchor}"><a class="anchor" href="#${anchor}">${inner}</a></h${depth}>\n`
      },
      code({ text, lang = '' }: Tokens.Code) {
        const [language = ''] = lang.split(' ')
        return `<pre tabindex="0"><code class="${language}">${escapeHtml(text)}\n</code></pre>\n`
      },
      link({ href, tokens }: Tokens.Link) {
        return `<a href="${escapeHtml(siteLink(href))}">${this.parser.parseInline(tokens)}</a>`
      },
      table(token: Tokens.Table) {
        const row = (cells: Tokens.TableCell[]) =>
          `<tr>${cells.map((cell) => this.tablecell(cell)).join('')}</tr>`
        const body = token.rows.map(row).join('\n')
        // A table that is wider than the page scrolls in its own frame, also by keyboard.
        return `<div class="table" tabindex="0" role="group" aria-label="Table"><table><thead>${row(token.header)}</thead><tbody>${body}</tbody></table></div>\n`
      },
    },
  })
  const tokens = marked.lexer(markdown)
  const html = marked.parser(tokens)
  return { html, sections: withText(sections, html) }
}

/** As GitHub makes them, so that one link is good in the repository and on the site. */
function anchorOf(heading: string, taken: Map<string, number>): string {
  const anchor = heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-')
  const times = taken.get(anchor) ?? 0
  taken.set(anchor, times + 1)
  return times === 0 ? anchor : `${anchor}-${times}`
}

/** `limits.md#cost-and-points` is a page of the site. */
function siteLink(href: string): string {
  const [, name, anchor = ''] = /^([\w-]+)\.md(#.*)?$/.exec(href) ?? []
  if (name === undefined) return href
  return name === 'api-guide' ? `/docs${anchor}` : `/docs/${name}${anchor}`
}

/** What stands between each heading and the next. */
function withText(sections: Section[], html: string): Section[] {
  const [, ...parts] = html.split(/<h[1-6][^>]*>.*<\/h[1-6]>/)
  return sections.map((section, index) => ({ ...section, text: plainOf(parts[index] ?? '') }))
}

function plainOf(html: string): string {
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
