import { type ESTree, parseSync, Visitor, type VisitorObject } from 'rolldown/utils'

/** A part of a source: its offset and its text. */
export type Span = { at: number; text: string }

/** Calls of a function or method: of its last name and arguments, `eq(a, b)` and `withAuth(a)`. */
export function findCalls(source: string, name: string): Span[] {
  return find(source, (report) => ({
    CallExpression({ callee, end }) {
      if (callee.type === 'Identifier' && callee.name === name) report(callee.start, end)
      if (callee.type !== 'MemberExpression' || callee.computed) return
      if (callee.property.name === name) report(callee.property.start, end)
    },
  }))
}

/** Properties of object literals: `name: value`. */
export function findProperties(source: string, name: string): Span[] {
  return find(source, (report) => ({
    Property({ key, start, end }) {
      if (key.type === 'Identifier' && key.name === name) report(start, end)
    },
  }))
}

/** Matches of a pattern within strings and template literals. */
export function findTexts(source: string, pattern: RegExp): Span[] {
  const texts = find(source, (report) => ({
    Literal: ({ start, end }) => report(start, end),
    TemplateLiteral: ({ start, end }) => report(start, end),
  }))
  return texts.flatMap(({ at, text }) =>
    [...text.matchAll(pattern)].map(({ index, 0: match }) => ({ at: at + index, text: match })),
  )
}

type Report = (start: number, end: number) => void

function find(source: string, visit: (report: Report) => VisitorObject): Span[] {
  const spans: Span[] = []
  const report: Report = (at, end) => spans.push({ at, text: source.slice(at, end) })
  new Visitor(visit(report)).visit(parse(source))
  return spans
}

function parse(source: string): ESTree.Program {
  const { program, errors } = parseSync('source.ts', source)
  if (errors[0]) throw new Error(errors[0].message)
  return program
}
