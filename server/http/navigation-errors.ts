import { existsSync, readFileSync } from 'node:fs'
import type { IncomingMessage, OutgoingHttpHeader, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { writeErrorPage } from './error-page.ts'
import { pathOf } from './request-path.ts'

/** The name of the built web/error/template.html. The server serves no file that begins with a dot. */
const templateFile = '.error.html'

/** Headers that describe a body, which the page replaces. */
const bodyHeaders = ['Content-Length', 'Content-Encoding', 'Content-Type', 'ETag', 'Cache-Control']

type Prepare = (request: IncomingMessage, response: ServerResponse) => void

/**
 * Answers a browser that opens an address with a page in place of an error for programs, whichever
 * handler answers. Status and other headers stay.
 * @param folder the built client. Without it, as in development, errors stay as they are.
 * @param secure sets the headers of a page
 */
export function createNavigationErrors(folder: string, secure: Prepare): Prepare {
  const file = join(folder, templateFile)
  const template = existsSync(file) ? readFileSync(file, 'utf8') : undefined
  return (request, response) => {
    if (template === undefined || !isNavigation(request)) return
    const path = pathOf(request)
    replaceErrors(response, (body) => {
      for (const name of bodyHeaders) response.removeHeader(name)
      secure(request, response)
      response.setHeader('Cache-Control', 'no-store')
      response.setHeader('Content-Type', 'text/html; charset=utf-8')
      return writeErrorPage(template, { status: response.statusCode, path, body })
    })
  }
}

/**
 * Browsers send Sec-Fetch-Mode to https and localhost. On other origins a browser is recognised by a
 * type that no program asks for. NOTE: Java's HttpURLConnection accepts text/html by default.
 */
function isNavigation({ headers }: IncomingMessage): boolean {
  const { 'sec-fetch-mode': mode = 'navigate', accept = '' } = headers
  return mode === 'navigate' && accept.includes('application/xhtml+xml')
}

/** Holds back the body of an error until its end. `createPage` gets it and returns another one. */
function replaceErrors(response: ServerResponse, createPage: (body: string) => string): void {
  const { writeHead, write, end } = response
  const chunks: Buffer[] = []
  let isHeld = false
  const begin = (status: number) => {
    if (!response.headersSent && !isHeld) response.writeHead(status)
  }
  const hold = (chunk: unknown) => {
    if (typeof chunk === 'string' || chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk))
  }
  Object.assign(response, {
    writeHead(status: number, ...rest: unknown[]) {
      const type = findHeader(rest.at(-1), 'content-type') ?? response.getHeader('Content-Type')
      isHeld = status >= 400 && !String(type).startsWith('text/html')
      if (!isHeld) return Reflect.apply(writeHead, response, [status, ...rest])
      response.statusCode = status
      for (const [name, value] of entriesOf(rest.at(-1))) response.setHeader(name, value)
      return response
    },
    write(chunk: unknown, ...rest: unknown[]) {
      begin(response.statusCode)
      if (!isHeld) return Reflect.apply(write, response, [chunk, ...rest])
      hold(chunk)
      return true
    },
    end(...rest: unknown[]) {
      begin(response.statusCode)
      if (!isHeld || response.headersSent) return Reflect.apply(end, response, rest)
      hold(rest[0])
      const page = createPage(Buffer.concat(chunks).toString())
      Reflect.apply(writeHead, response, [response.statusCode])
      return Reflect.apply(end, response, [
        page,
        ...rest.filter((each) => each instanceof Function),
      ])
    },
  })
}

/** The headers that `writeHead` gets: an object, or pairs in one flat array. */
function entriesOf(headers: unknown): [string, OutgoingHttpHeader][] {
  if (typeof headers !== 'object' || headers === null) return []
  if (!Array.isArray(headers)) return Object.entries(headers)
  return headers.flatMap((name, at) => (at % 2 === 0 ? [[String(name), headers[at + 1]]] : []))
}

function findHeader(headers: unknown, wanted: string): OutgoingHttpHeader | undefined {
  return entriesOf(headers).find(([name]) => name.toLowerCase() === wanted)?.[1]
}
