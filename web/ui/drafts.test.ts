import { beforeEach, describe, expect, it, vi } from 'vitest'
import {
  dropDraft,
  dropDraftsOf,
  keepDraft,
  maxDraftLength,
  maxDrafts,
  readDraft,
} from './drafts.ts'

beforeEach(() => {
  localStorage.clear()
  sessionStorage.clear()
})

/** What a new tab of the same browser finds. */
function readInNewTab(accountId: string, key: string) {
  sessionStorage.clear()
  return readDraft(accountId, key)
}

describe('a draft', () => {
  it('is read again by its account only', () => {
    keepDraft('ada', 'new-task', 'Buy milk')
    expect(readDraft('ada', 'new-task')).toBe('Buy milk')
    expect(readDraft('bob', 'new-task')).toBeUndefined()
    expect(readDraft('ad', 'a:new-task')).toBeUndefined()
    expect(readInNewTab('ada', 'new-task')).toBe('Buy milk')
  })

  it('is gone when it is dropped or emptied', () => {
    keepDraft('ada', 'new-task', 'Buy milk')
    dropDraft('ada', 'new-task')
    expect(readInNewTab('ada', 'new-task')).toBeUndefined()
    keepDraft('ada', 'new-task', 'Buy milk')
    keepDraft('ada', 'new-task', '')
    expect(readInNewTab('ada', 'new-task')).toBeUndefined()
  })

  it('of this tab comes before a later one of another tab', () => {
    keepDraft('ada', 'new-task', 'This tab')
    const own = Object.entries({ ...sessionStorage })
    sessionStorage.clear()
    keepDraft('ada', 'new-task', 'Other tab')
    sessionStorage.clear()
    for (const [name, value] of own) sessionStorage.setItem(name, value)
    expect(readDraft('ada', 'new-task')).toBe('This tab')
    expect(readInNewTab('ada', 'new-task')).toBe('Other tab')
  })

  it('of another tab outlives a sign-out in this one', () => {
    keepDraft('ada', 'new-task', 'Other tab')
    const other = Object.entries({ ...sessionStorage })
    sessionStorage.clear()
    dropDraftsOf('ada')
    expect(readDraft('ada', 'new-task')).toBeUndefined()
    for (const [name, value] of other) sessionStorage.setItem(name, value)
    expect(readDraft('ada', 'new-task')).toBe('Other tab')
  })

  it('is dropped with all others of its account, and of no other', () => {
    keepDraft('ada', 'new-task', 'Buy milk')
    keepDraft('ada', 'task:1', 'Notes')
    keepDraft('bob', 'new-task', 'Call Ada')
    dropDraftsOf('ada')
    expect(Object.keys({ ...localStorage, ...sessionStorage })).toHaveLength(1)
    expect(readInNewTab('bob', 'new-task')).toBe('Call Ada')
  })
})

describe('the size of the drafts', () => {
  it('is at most 50 for one account: the oldest is dropped', () => {
    for (let n = 0; n < maxDrafts; n += 1) keepDraft('ada', `task:${n}`, `${n}`, 1_000 + n)
    keepDraft('bob', 'new-task', 'Call Ada', 1)
    keepDraft('ada', 'task:0', 'again', 5_000)
    keepDraft('ada', 'new-task', 'Buy milk', 5_001)
    expect(readDraft('ada', 'task:0')).toBe('again')
    expect(readDraft('ada', 'task:1')).toBeUndefined()
    expect(readDraft('ada', 'task:2')).toBe('2')
    expect(readDraft('bob', 'new-task')).toBe('Call Ada')
  })

  it('leaves out a text that is too long, and keeps the one before', () => {
    keepDraft('ada', 'new-task', 'Buy milk')
    keepDraft('ada', 'new-task', 'a'.repeat(maxDraftLength + 1))
    expect(readDraft('ada', 'new-task')).toBe('Buy milk')
  })
})

describe('without storage', () => {
  it('nothing is kept when the browser blocks it', () => {
    vi.spyOn(window, 'sessionStorage', 'get').mockImplementation(() => {
      throw new DOMException('Denied', 'SecurityError')
    })
    keepDraft('ada', 'new-task', 'Buy milk')
    expect(readDraft('ada', 'new-task')).toBeUndefined()
    dropDraftsOf('ada')
    vi.restoreAllMocks()
  })

  it('nothing is kept when the storage is full or broken', () => {
    vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
      throw new DOMException('Full', 'QuotaExceededError')
    })
    keepDraft('ada', 'new-task', 'Buy milk')
    vi.restoreAllMocks()
    expect(readDraft('ada', 'new-task')).toBeUndefined()
    localStorage.setItem('taskward:draft:ada:new-task', '{"text":')
    expect(readDraft('ada', 'new-task')).toBeUndefined()
  })
})
