import {
  type FieldNode,
  GraphQLIncludeDirective,
  type GraphQLResolveInfo,
  GraphQLSkipDirective,
  getDirectiveValues,
  Kind,
  type SelectionNode,
} from 'graphql'

/** The fields that are selected below a field, by name. Those of all types, if it has several. */
export interface Selection extends Map<string, Selection> {}

/**
 * A function of the selection below the field of a resolver. Its result is kept as long as the
 * document, unless the selection depends on variables.
 */
export function bySelection<T>(
  derive: (selection: Selection) => T,
): (info: GraphQLResolveInfo) => T {
  const known = new WeakMap<FieldNode, { derived: T }>()
  return (info) => {
    const [node] = info.fieldNodes
    const found = node && info.fieldNodes.length === 1 ? known.get(node) : undefined
    if (found) return found.derived
    const { selection, isFixed } = readSelection(info)
    const derived = derive(selection)
    if (node && info.fieldNodes.length === 1 && isFixed) known.set(node, { derived })
    return derived
  }
}

function readSelection({ fieldNodes, fragments, variableValues }: GraphQLResolveInfo) {
  let isFixed = true

  function isSkipped(node: SelectionNode): boolean {
    if (!node.directives?.length) return false
    isFixed = false
    const skip = getDirectiveValues(GraphQLSkipDirective, node, variableValues)
    const include = getDirectiveValues(GraphQLIncludeDirective, node, variableValues)
    return skip?.if === true || include?.if === false
  }

  function add(selection: Selection, nodes: readonly SelectionNode[], seen: Set<string>): void {
    for (const node of nodes) if (!isSkipped(node)) addNode(selection, node, seen)
  }

  function addNode(selection: Selection, node: SelectionNode, seen: Set<string>): void {
    if (node.kind === Kind.FIELD) {
      const below = selection.get(node.name.value) ?? new Map()
      selection.set(node.name.value, below)
      add(below, node.selectionSet?.selections ?? [], new Set())
    } else if (node.kind === Kind.INLINE_FRAGMENT) {
      add(selection, node.selectionSet.selections, seen)
    } else if (!seen.has(node.name.value)) {
      seen.add(node.name.value)
      add(selection, fragments[node.name.value]?.selectionSet.selections ?? [], seen)
    }
  }

  const selection: Selection = new Map()
  for (const node of fieldNodes) add(selection, node.selectionSet?.selections ?? [], new Set())
  return { selection, isFixed }
}
