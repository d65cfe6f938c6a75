/** What happened, and what to do. */
type ErrorWords = { title: string; advice: string }

const forPrograms: ErrorWords = {
  title: 'This address is for programs',
  advice: 'A browser cannot open it. The documents say how a program uses it.',
}
const unknownRequest: ErrorWords = {
  title: 'This request cannot be understood',
  advice: 'The link may be incomplete. Go back, and try it again.',
}
const failed: ErrorWords = {
  title: 'Something went wrong on our side',
  advice: 'Saved changes are safe. Load the page again in a moment.',
}
const busy: ErrorWords = {
  title: 'Taskward cannot answer at the moment',
  advice: 'Saved changes are safe. Load the page again in a moment.',
}

const words: Record<number, ErrorWords> = {
  401: { title: 'You are not signed in', advice: 'Sign in, then open the address again.' },
  403: { title: 'You may not open this', advice: 'Sign in with an account that may, or go back.' },
  404: { title: 'There is no such page', advice: 'The address may be mistyped, or old.' },
  405: {
    title: 'This address accepts no data',
    advice: 'Go back, load the page again, and repeat what you did.',
  },
  413: { title: 'This is too much for one request', advice: 'Go back, and send less at once.' },
  429: { title: 'Too many requests', advice: 'Wait a minute, then load the page again.' },
  503: busy,
  504: busy,
}

/** Answers that only tell a browser that the address is not a page. */
const notAPage = new Set([401, 404, 405, 406, 415])

/** Paths that programs call. */
const programPaths = /^\/(api|mcp|graphql)(\/|$)/

function findWords(status: number, path: string): ErrorWords {
  if (programPaths.test(path) && notAPage.has(status)) return forPrograms
  return words[status] ?? (status >= 500 ? failed : unknownRequest)
}

/** Characters of the answer for programs that the page quotes. */
const maxDetail = 400

/**
 * The page of an error.
 * @param template web/error/template.html as it was built
 * @param body what a program would get
 */
export function writeErrorPage(
  template: string,
  { status, path, body }: { status: number; path: string; body: string },
): string {
  const { title, advice } = findWords(status, path)
  const detail = findMessage(body)
  const parts: Record<string, string> = {
    title,
    heading: `<h1>${title}</h1>`,
    advice,
    detail: detail && `<p class="detail">${escapeHtml(detail.slice(0, maxDetail))}</p>`,
  }
  return template.replaceAll(/<!--(\w+)-->/g, (_mark, name) => parts[name] ?? '')
}

/** The message in an answer of the API, of Better Auth or of MCP; a plain text as it is. */
function findMessage(body: string): string {
  try {
    const { message, errors, error } = JSON.parse(body)
    const found = message ?? errors?.[0]?.message ?? error?.message
    return typeof found === 'string' ? found : ''
  } catch {
    // The title says the same.
    return body === 'Not found.\n' ? '' : body.trim()
  }
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
