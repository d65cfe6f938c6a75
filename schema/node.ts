import { decodeGlobalID } from '@pothos/plugin-relay'
import type { GraphQLResolveInfo } from 'graphql'
import { anyViewer, type Rule } from './access.ts'
import { builder, refuse } from './builder.ts'
import type { ViewerContext } from './context.ts'
import { badUserInput } from './errors.ts'

/** How nodes of one type are found again. */
type Loader = {
  /** Asked before anything is loaded, so that `node` opens nothing that the type's own fields keep shut. */
  rule: Rule
  /** Those of the ids that the viewer may see, by id. */
  load: (ids: string[], context: ViewerContext) => Promise<Map<string, object>>
}

const loaders = new Map<string, Loader>()

/** Each type of node registers itself once. */
export function registerNode(typename: string, loader: Loader): void {
  loaders.set(typename, loader)
}

/** The id inside a global id of the given type; undefined for anything else. Never throws. */
export function parseGlobalId(typename: string, globalId: string): string | undefined {
  const node = decode(globalId)
  return node?.typename === typename ? node.id : undefined
}

/** Ours have about 60 characters; a longer one is not decoded. */
const maxIdLength = 200

function decode(globalId: string) {
  try {
    if (globalId.length > maxIdLength) return undefined
    const node = decodeGlobalID(globalId)
    // Base64 can be written in many ways: only the one that we give out is an id.
    return Buffer.from(`${node.typename}:${node.id}`).toString('base64') === globalId
      ? node
      : undefined
  } catch {
    return undefined
  }
}

/** For operation-needs.ts: what a field asks for that may answer a node of any type. */
const extensions = { nodeRules: () => [...loaders.values()].map(({ rule }) => rule) }

/** In the order asked; null for what is unknown, malformed or not the viewer's. One load a type. */
async function loadNodes(globalIds: string[], context: ViewerContext, info: GraphQLResolveInfo) {
  const nodes = globalIds.map(decode)
  const loaded = new Map<string, Map<string, object>>()
  for (const typename of new Set(nodes.map((node) => node?.typename))) {
    const loader = typename === undefined ? undefined : loaders.get(typename)
    if (!typename || !loader) continue
    await builder.runAuthScopes(context, loader.rule, () => refuse(context, loader.rule, info))
    const ids = nodes.flatMap((node) => (node?.typename === typename ? [node.id] : []))
    loaded.set(typename, await loader.load(ids, context))
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
      'A node by its id. Null when it is unknown, malformed or not yours. The token must hold the scope that the type of the node needs: for a Task, tasks:read or tasks:write; else FORBIDDEN.',
    extensions,
    args: { id: t.arg.id({ required: true, description: 'The id of the node.' }) },
    resolve: async (_root, { id }, context, info) =>
      (await loadNodes([id], context, info))[0] ?? null,
  }),
  nodes: t.withAuth(anyViewer).field({
    type: [Node],
    nullable: { list: false, items: true },
    description:
      'Nodes by their ids, in the order asked; each as `node` would answer it. At most 100 ids.',
    extensions,
    args: { ids: t.arg.idList({ required: true, description: 'The ids: at most 100.' }) },
    complexity: ({ ids }) => ({ field: 1, multiplier: Math.min(ids.length, maxIds) }),
    resolve: (_root, { ids }, context, info) => {
      if (ids.length > maxIds) {
        throw badUserInput(`ids must have at most ${maxIds} ids, got ${ids.length}.`, 'ids')
      }
      return loadNodes(ids, context, info)
    },
  }),
}))
