import type { IncomingMessage } from 'node:http'

/** Without the query. */
export function pathOf({ url = '/' }: IncomingMessage): string {
  return url.split('?', 1)[0] ?? '/'
}

/** A client may write the address of the API with a slash at its end. A redirect would lose a POST. */
export function removeSlash(request: IncomingMessage): void {
  request.url = request.url?.replace(/^\/(graphql|mcp)\/(?=$|\?)/, '/$1')
}

/** Documents for programs. Pages of every origin may read them. */
export function isPublicText(path: string): boolean {
  return path === '/schema.graphql' || /^\/(docs\/.+\.md|llms.*\.txt)$/.test(path)
}
