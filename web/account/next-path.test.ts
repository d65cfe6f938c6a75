import { describe, expect, it } from 'vitest'
import { isServerPath, nextOf, safeNext, withNext } from './next-path.ts'

const origin = 'https://tasks.example'

describe('safeNext', () => {
  it('keeps a path of this site with its query and fragment', () => {
    expect(safeNext('/?status=open&label=home#top', origin)).toBe('/?status=open&label=home#top')
  })

  it.each([
    '//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '/\t/evil.example',
    '/.//evil.example',
    'https://evil.example/',
    'javascript:alert(1)',
    'tasks',
    '',
    null,
  ])('sends %j to the tasks', (next) => {
    expect(safeNext(next, origin)).toBe('/')
  })

  it('does not come back to an account page', () => {
    expect(safeNext('/sign-in?next=%2Fsign-in', origin)).toBe('/')
  })
})

describe('nextOf', () => {
  const next = (search: string) => nextOf(new URLSearchParams(search), origin)

  it('is where the link to sign-in says', () => {
    expect(next('next=%2Fapps')).toBe('/apps')
    expect(next('next=https://evil.example')).toBe('/')
  })

  it('is the authorization request, without the parameters that the server added', () => {
    const added = 'exp=1&ba_iat=2&ba_param=exp&ba_param=scope&sig=abc'
    const path = next(`client_id=notebook&scope=tasks%3Aread+email&state=s&${added}`)
    expect(path).toBe(
      '/api/auth/oauth2/authorize?client_id=notebook&scope=tasks%3Aread+email&state=s',
    )
    expect(isServerPath(path)).toBe(true)
  })

  it('stays on the site whatever the request says', () => {
    const path = next('client_id=//evil.example&redirect_uri=https://evil.example&next=//evil')
    expect(new URL(path, origin).origin).toBe(origin)
  })
})

describe('isServerPath', () => {
  it('matches the paths that the server handles', () => {
    expect(
      ['/graphql', '/graphql?query=%7B', '/?q=graphql', '/graphqls'].map(isServerPath),
    ).toEqual([true, true, false, false])
  })
})

describe('withNext', () => {
  it('adds the path as one parameter', () => {
    expect(withNext('/sign-in', '/?q=a&label=b')).toBe('/sign-in?next=%2F%3Fq%3Da%26label%3Db')
  })

  it('leaves out the default', () => {
    expect(withNext('/sign-up', '/')).toBe('/sign-up')
  })
})
