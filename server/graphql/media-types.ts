import type { IncomingMessage } from 'node:http'

/** Types of a single result. Of those that a client accepts equally, the last one is sent. */
const resultTypes = ['application/graphql-response+json', 'application/json']

/** Whether the request is a POST of JSON in the ordinary form. Yoga knows the other forms. */
export function isJsonPost({ method, url, headers }: IncomingMessage): boolean {
  return (
    method === 'POST' &&
    url === '/graphql' &&
    headers['transfer-encoding'] === undefined &&
    headers['content-encoding'] === undefined &&
    /^application\/json(; ?charset=utf-8)?$/.test(headers['content-type'] ?? '')
  )
}

/**
 * The type of the response, as Yoga chooses it: of the accepted types that fit, the first in the
 * header, whatever its weight. Undefined: only another type is accepted, such as a stream of events.
 */
export function chooseMediaType(accept = '*/*'): string | undefined {
  for (const accepted of accept.replaceAll(/\s/g, '').toLowerCase().split(',')) {
    const [type = '', ...parameters] = accepted.split(';')
    const charset = parameters.find((parameter) => parameter.includes('charset='))
    if (charset !== undefined && charset !== 'charset=utf-8') continue
    const fit = resultTypes.findLast((result) => fits(type, result))
    if (fit !== undefined) return fit
  }
  return undefined
}

function fits(accepted: string, type: string): boolean {
  return accepted === type || accepted === 'application/*' || accepted === '*/*'
}
