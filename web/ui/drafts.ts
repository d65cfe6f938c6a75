/**
 * Text that is typed and not saved, per account. Decision 0085.
 *
 * localStorage keeps it when the tab is closed. sessionStorage keeps the text of this tab, so that two
 * tabs do not overwrite each other, and a sign-out in one tab does not delete what another one shows.
 */
const prefix = 'taskward:draft:'

/** UTF-16 units of one draft. The longest field, a description, has at most 2,000 characters. */
export const maxDraftLength = 20_000
/** Of one account. The oldest draft is dropped for a new one. */
export const maxDrafts = 50

type Draft = { text: string; keptAt: number }

/** @returns undefined: there is no draft, or the browser does not allow storage. */
export function readDraft(accountId: string, key: string): string | undefined {
  const found = storages().map((storage) => readFrom(storage, nameOf(accountId, key)))
  return found.find((draft) => draft !== undefined)?.text
}

/**
 * An empty text drops the draft. A text that is too long is not kept, nor is one that the browser
 * refuses: the page still has it.
 */
export function keepDraft(accountId: string, key: string, text: string, now = Date.now()): void {
  if (text === '') dropDraft(accountId, key)
  if (text === '' || text.length > maxDraftLength) return
  const draft: Draft = { text, keptAt: now }
  for (const storage of storages()) {
    write(storage, nameOf(accountId, key), JSON.stringify(draft))
    dropOldest(storage, accountId)
  }
}

export function dropDraft(accountId: string, key: string): void {
  for (const storage of storages()) storage.removeItem(nameOf(accountId, key))
}

/** Call it when the account signs out. Other tabs keep the text that they show. */
export function dropDraftsOf(accountId: string): void {
  for (const storage of storages())
    for (const name of namesOf(storage, accountId)) storage.removeItem(name)
}

function nameOf(accountId: string, key: string): string {
  return `${prefix}${encodeURIComponent(accountId)}:${key}`
}

function namesOf(storage: Storage, accountId: string): string[] {
  return Object.keys(storage).filter((name) => name.startsWith(nameOf(accountId, '')))
}

function readFrom(storage: Storage, name: string): Draft | undefined {
  try {
    const draft: unknown = JSON.parse(storage.getItem(name) ?? 'null')
    return isDraft(draft) ? draft : undefined
  } catch {
    return undefined
  }
}

function isDraft(value: unknown): value is Draft {
  if (typeof value !== 'object' || value === null) return false
  return 'text' in value && typeof value.text === 'string' && 'keptAt' in value
}

function write(storage: Storage, name: string, value: string): void {
  try {
    storage.setItem(name, value)
  } catch {
    // The storage is full.
  }
}

function dropOldest(storage: Storage, accountId: string): void {
  const names = namesOf(storage, accountId)
  if (names.length <= maxDrafts) return
  const ageOf = (name: string) => readFrom(storage, name)?.keptAt ?? 0
  const oldestFirst = names.toSorted((one, other) => ageOf(one) - ageOf(other))
  for (const name of oldestFirst.slice(0, names.length - maxDrafts)) storage.removeItem(name)
}

/** The tab's own text first. A browser that blocks storage throws where it is read. */
function storages(): Storage[] {
  try {
    return [window.sessionStorage, window.localStorage]
  } catch {
    return []
  }
}
