import { describe, expect, it } from 'vitest'
import { findLinks } from './links.ts'

describe('the links in a text', () => {
  it.for([
    ['See https://example.com/a?b=1#c.', ['https://example.com/a?b=1#c']],
    [
      '(HTTP://example.com), then mailto:bob@example.com!',
      ['HTTP://example.com', 'mailto:bob@example.com'],
    ],
    ['https://example.com and https://example.com', ['https://example.com']],
    ['javascript:alert(1) data:text/html,x ftp://example.com file:///etc', []],
    ['javascript:https://example.com', ['https://example.com']],
    ['https://', []],
    ['no link', []],
  ] as const)('of “%s” are %j', ([text, links]) => {
    expect(findLinks(text)).toEqual(links)
  })
})
