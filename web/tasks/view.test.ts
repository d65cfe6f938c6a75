import { describe, expect, it } from 'vitest'
import {
  countConditions,
  filterOf,
  readView,
  viewPath,
  withoutConditions,
  writeView,
} from './view.ts'

const read = (query: string) => readView(new URLSearchParams(query))
const today = '2026-11-24'

describe('the view in the address', () => {
  it('is written as it is read', () => {
    const query =
      'status=open&q=milk+%25&priority=high&priority=low&label=home&label=a%26b&due=week&sort=due-asc'
    expect(writeView(read(query)).toString()).toBe(query)
  })

  it('omits defaults', () => {
    expect(viewPath(read(''))).toBe('/')
  })

  it('ignores unknown values', () => {
    const query = 'status=late&priority=urgent&due=never&from=2026-13-40&to=soon&sort=size-up'
    expect(read(query)).toEqual(read(''))
  })

  it.each([
    'from=2026-02-31&to=0000-01-01',
    'from=2026-1-1&to=2026-12-24T00:00',
    `q=${'a'.repeat(256)}&label=${'a'.repeat(256)}`,
    'q=%00&label=%00&label=+',
  ])('leaves out what the API would refuse: %s', (query) => {
    expect(read(query)).toEqual(read(''))
  })

  it('keeps dates, texts and labels that the API takes', () => {
    const labels = Array.from({ length: 120 }, (_, n) => `label=${n}`).join('&')
    const view = read(`from=2024-02-29&to=9999-12-31&q=${'🎉'.repeat(255)}&${labels}`)
    expect(view).toMatchObject({ from: '2024-02-29', to: '9999-12-31', search: '🎉'.repeat(255) })
    expect(view.labels).toEqual(Array.from({ length: 100 }, (_, n) => String(n)))
  })
})

describe('filterOf', () => {
  it('is empty for the default view', () => {
    expect(filterOf(read(''), today)).toEqual({})
  })

  it('combines all conditions', () => {
    const view = read('status=done&q=+milk+&priority=high&label=home&from=2026-01-01&to=2026-01-31')
    expect(filterOf(view, today)).toEqual({
      completed: true,
      search: 'milk',
      priority: ['HIGH'],
      labels: ['home'],
      dueOnOrAfter: '2026-01-01',
      dueOnOrBefore: '2026-01-31',
    })
  })

  it.each([
    ['overdue', { dueOnOrBefore: '2026-11-23' }],
    ['today', { dueOnOrAfter: '2026-11-24', dueOnOrBefore: '2026-11-24' }],
    ['week', { dueOnOrAfter: '2026-11-24', dueOnOrBefore: '2026-11-30' }],
  ])('counts %s from today', (due, filter) => {
    expect(filterOf(read(`due=${due}`), today)).toEqual(filter)
  })
})

describe('clearing the filters', () => {
  it('keeps the status and the order', () => {
    const view = withoutConditions(read('status=open&q=milk&label=home&sort=title-asc'))
    expect(writeView(view).toString()).toBe('status=open&sort=title-asc')
    expect(countConditions(view)).toBe(0)
  })
})
