import MiniSearch, { type AsPlainObject, type Options, type SearchResult } from 'minisearch'

const maxResults = 8

/** Shows the search. Its index comes from this server, and is fetched on first use. */
export function startSearch(): void {
  const search = requireElement('search', HTMLElement)
  const input = requireElement('query', HTMLInputElement)
  let index: Promise<MiniSearch> | undefined
  const answer = async () => {
    index ??= fetchIndex()
    const asked = input.value.trim()
    const results = asked ? find(await index, asked) : []
    if (asked === input.value.trim()) show(asked, results)
  }
  const retryLater = () => {
    index = undefined
    requireElement('found', HTMLElement).textContent =
      'The search cannot be loaded at the moment. Try again in a few seconds.'
  }
  input.addEventListener('input', () => void answer().catch(retryLater))
  search.addEventListener('submit', (event) => {
    event.preventDefault()
    search.querySelector<HTMLAnchorElement>('#results a')?.click()
  })
  search.hidden = false
}

async function fetchIndex(): Promise<MiniSearch> {
  const response = await fetch('/docs/search-index.json')
  if (!response.ok) throw new Error(`The index was answered with ${response.status}.`)
  const { options, index } = (await response.json()) as { options: Options; index: AsPlainObject }
  return MiniSearch.loadJS(index, options)
}

function find(index: MiniSearch, asked: string): SearchResult[] {
  const boost = { heading: 3, page: 2 }
  return index.search(asked, { prefix: true, fuzzy: 0.2, boost, combineWith: 'AND' })
}

function show(asked: string, results: SearchResult[]): void {
  const shown = results.slice(0, maxResults)
  requireElement('results', HTMLOListElement).replaceChildren(...shown.map(itemOf))
  const count = results.length === 1 ? '1 place' : `${results.length} places`
  requireElement('found', HTMLElement).textContent = asked ? `${count} found` : ''
}

function itemOf({ id, page, heading }: SearchResult): HTMLLIElement {
  const link = document.createElement('a')
  link.className = 'page-link'
  link.href = id
  link.textContent = page === heading ? page : `${page}: ${heading}`
  const item = document.createElement('li')
  item.append(link)
  return item
}

function requireElement<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind {
  const element = document.getElementById(id)
  if (!(element instanceof kind)) throw new Error(`template.html has no ${kind.name} "${id}".`)
  return element
}
