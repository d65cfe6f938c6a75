import type { GraphQLResolveInfo } from 'graphql'
import { anyViewer, type Rule } from './access.ts'
import { builder, refuse } from './builder.ts'
import type { ViewerContext } from './context.ts'
import { badUserInput } from './errors.ts'
import { decodeId } from './global-id.ts'

/** Loads nodes of one type. */
type Loader = {
  /** Checked before loading, so that `node` requires the same scopes as the other queries of the type. */
  rule: Rule
  /** Returns the nodes that the viewer owns, by id, with what `info` selects. Other ids are left out. */
  load: (
    ids: string[],
    context: ViewerContext,
    info: GraphQLResolveInfo,
  ) => Promise<Map<string, object>>
}

const loaders = new Map<string, Loader>()

/** Each type of node calls this once. */
export function registerNode(typename: string, loader: Loader): void {
  loaders.set(typename, loader)
}

/** For operation-needs.ts: the rules of all types that the field can return. */
const extensions = { nodeRules: () => [...loaders.values()].map(({ rule }) => rule) }

/** In the order of the ids. Null: unknown, malformed or of another user. Loads once per type. */
async function loadNodes(globalIds: string[], context: ViewerContext, info: GraphQLResolveInfo) {
  const nodes = globalIds.map(decodeId)
  const loaded = new Map<string, Map<string, object>>()
  for (const typename of new Set(nodes.map((node) => node?.typename))) {
    const loader = typename === undefined ? undefined : loaders.get(typename)
    if (!typename || !loader) continue
    await builder.runAuthScopes(context, loader.rule, () => refuse(context, loader.rule, info))
    const ids = nodes.flatMap((node) => (node?.typename === typename ? [node.id] : []))
    loaded.set(typename, await loader.load(ids, context, info))
  }
  return nodes.map((node) => (node && loaded.get(node.typename)?.get(node.id)) ?? null)
}

const Node = builder.nodeInterfaceRef()
const maxIds = 100

builder.queryFields((t) => ({
  node: t.withAuth(anyViewer).field({
    type: Node,
    nullable: true,
    description:
      'Returns the object with this id. Null when the id is unknown, malformed or not yours. The token must have a scope for the type of the object: for a Task, tasks:read or tasks:write. Otherwise the error is FORBIDDEN.',
    extensions,
    args: { id: t.arg.id({ required: true, description: 'The id of the object.' }) },
    resolve: async (_root, { id }, context, info) =>
      (await loadNodes([id], context, info))[0] ?? null,
  }),
  nodes: t.withAuth(anyViewer).field({
    type: [Node],
    nullable: { list: false, items: true },
    description:
      'Returns the objects with these ids, in the same order. Each element is what `node` returns for the id.',
    extensions,
    args: {
      ids: t.arg.idList({ required: true, description: 'The ids of the objects. At most 100.' }),
    },
    complexity: ({ ids }) => ({ field: 1, multiplier: Math.min(ids.length, maxIds) }),
    resolve: (_root, { ids }, context, info) => {
      if (ids.length > maxIds) {
        throw badUserInput(`ids must have at most ${maxIds} ids, got ${ids.length}.`, 'ids')
      }
      return loadNodes(ids, context, info)
    },
  }),
}))
