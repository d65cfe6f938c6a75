import type MiniSearch from 'minisearch'
import type { AsPlainObject, Options, SearchResult } from 'minisearch'
import { createExcerpt } from './excerpt.ts'

const maxResults = 8

/** Shows the search. Its code and its index come from this server, and are fetched on first use. */
export function startSearch(): void {
  const search = requireElement('search', HTMLElement)
  const input = requireElement('query', HTMLInputElement)
  const found = requireElement('found', HTMLElement)
  const answer = requireElement('answer', HTMLElement)
  let index: Promise<MiniSearch> | undefined
  const update = async () => {
    const asked = input.value.trim()
    answer.hidden = !asked
    if (!asked) return
    index ??= fetchIndex()
    const results = find(await index, asked)
    if (asked === input.value.trim()) show(asked, results)
  }
  const retryLater = () => {
    index = undefined
    found.textContent = 'The search cannot be loaded at the moment. Try again in a few seconds.'
  }
  const close = () => {
    answer.hidden = true
  }
  const open = () => void update().catch(retryLater)
  input.addEventListener('input', open)
  input.addEventListener('focus', open)
  search.addEventListener('submit', (event) => {
    event.preventDefault()
    listResults()[0]?.click()
  })
  search.addEventListener('keydown', (event) => moveByKey(event, input, close))
  search.addEventListener('focusout', ({ relatedTarget }) => {
    if (!(relatedTarget instanceof Node && search.contains(relatedTarget))) close()
  })
  // A result on the same page does not load it again.
  answer.addEventListener('click', ({ target }) => {
    if (target instanceof Element && target.closest('a')) close()
  })
  document.addEventListener('keydown', (event) => {
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.target === input) return
    event.preventDefault()
    input.select()
  })
  search.hidden = false
}

const listResults = () => [...document.querySelectorAll<HTMLAnchorElement>('#results a')]

/** Arrow keys move through the results, Home and End within them; Escape returns, then closes. */
function moveByKey(event: KeyboardEvent, input: HTMLInputElement, close: () => void): void {
  const results = listResults()
  const at = results.findIndex((link) => link.matches(':focus'))
  const targets: Record<string, HTMLElement | undefined> = {
    ArrowDown: results[at + 1],
    ...(at >= 0 && {
      ArrowUp: results[at - 1] ?? input,
      Home: results[0],
      End: results.at(-1),
      Escape: input,
    }),
  }
  const target = targets[event.key]
  if (target) {
    event.preventDefault()
    target.focus()
  } else if (event.key === 'Escape') close()
}

async function fetchIndex(): Promise<MiniSearch> {
  const response = await fetch('/docs/search-index.json')
  if (!response.ok) throw new Error(`The index was answered with ${response.status}.`)
  const { options, index } = (await response.json()) as { options: Options; index: AsPlainObject }
  const { default: Search } = await import('minisearch')
  return Search.loadJS(index, options)
}

function find(index: MiniSearch, asked: string): SearchResult[] {
  const boost = { heading: 3, page: 2 }
  return index.search(asked, { prefix: true, fuzzy: 0.2, boost, combineWith: 'AND' })
}

function show(asked: string, results: SearchResult[]): void {
  const shown = results.slice(0, maxResults)
  requireElement('results', HTMLOListElement).replaceChildren(...shown.map(createItem))
  requireElement('found', HTMLElement).textContent = describe(asked, results.length, shown.length)
}

function describe(asked: string, count: number, shown: number): string {
  if (count === 0)
    return `No document has “${asked.slice(0, 60)}”. Try one word of it, or another word for it.`
  if (count > shown) return `The best ${shown} of ${count} places. More words find fewer.`
  return count === 1 ? '1 place found' : `${count} places found`
}

function createItem({ id, page, heading, text, terms }: SearchResult): HTMLLIElement {
  const link = document.createElement('a')
  link.className = 'result'
  link.href = id
  const title = document.createElement('strong')
  title.textContent = page === heading ? page : `${page}: ${heading}`
  const excerpt = document.createElement('span')
  excerpt.append(
    ...createExcerpt(text, terms).map(({ part, isMatch }) => {
      if (!isMatch) return part
      const mark = document.createElement('mark')
      mark.textContent = part
      return mark
    }),
  )
  link.append(title, ' ', excerpt)
  const item = document.createElement('li')
  item.append(link)
  return item
}

function requireElement<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind {
  const element = document.getElementById(id)
  if (!(element instanceof kind)) throw new Error(`template.html has no ${kind.name} "${id}".`)
  return element
}
