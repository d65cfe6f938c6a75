import { type Account, type App, jsonHeaders } from './app.ts'

/** POSTs JSON to a route below /api/auth. */
export function postAuth(
  app: App,
  path: string,
  body: object,
  headers: Record<string, string> = {},
): Promise<Response> {
  return app.request(`/api/auth${path}`, {
    method: 'POST',
    headers: { ...jsonHeaders, ...headers },
    body: JSON.stringify(body),
  })
}

export function signIn(
  app: App,
  { email, password }: Pick<Account, 'email' | 'password'>,
  headers?: Record<string, string>,
): Promise<Response> {
  return postAuth(app, '/sign-in/email', { email, password }, headers)
}
