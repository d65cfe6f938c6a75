import { type ASTVisitor, type DocumentNode, visit } from 'graphql'
import { operationTooComplex } from './errors.ts'

/**
 * Max pairs of fields with the same name, and of fragment spreads. 90 fragments with three equal
 * fields each make 16,000 pairs. Validating 20,000 pairs takes about 8 ms.
 */
export const maxComparisons = 20_000

/** Limits the work of validation, which compares all pairs of fields with the same name. */
export function maxComparisonsRule(): ASTVisitor {
  return {
    Document(document) {
      const comparisons = countComparisons(document)
      if (comparisons <= maxComparisons) return
      throw operationTooComplex(
        `The document may have ${maxComparisons} pairs of fields with the same name, and has ${comparisons}.`,
      )
    },
  }
}

/** An upper bound: counts as if all fields of the document were in one selection set. */
function countComparisons(document: DocumentNode): number {
  const counts = new Map<string, number>()
  const count = (name: string) => void counts.set(name, (counts.get(name) ?? 0) + 1)
  let nesting = 0 // of inline fragments without a field in between
  let deepest = 0
  const outer: number[] = []
  visit(document, {
    Field: {
      enter({ alias, name }) {
        count((alias ?? name).value)
        outer.push(nesting)
        nesting = 0
      },
      leave() {
        nesting = outer.pop() ?? 0
      },
    },
    FragmentSpread: () => count('...'),
    InlineFragment: {
      enter() {
        deepest = Math.max(deepest, ++nesting)
      },
      leave() {
        nesting--
      },
    },
  })
  const pairs = [...counts.values()].reduce((sum, n) => sum + (n * (n - 1)) / 2, 0)
  return pairs * (deepest + 1)
}
