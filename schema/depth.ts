import { maxDepthRule } from '@escape.tech/graphql-armor-max-depth'
import {
  type ASTNode,
  type GraphQLError,
  type OperationDefinitionNode,
  type ValidationContext,
  type ValidationRule,
  visit,
} from 'graphql'

type Options = { n: number; refuse: (context: unknown, error: GraphQLError) => never }

/**
 * Limits the levels of an operation. Introspection does not count: graphql's own
 * MaxIntrospectionDepthRule limits it. The rule of the library ignores `__schema` only, so `__type`
 * is given to it without its selection.
 */
export function depthRule({ n, refuse }: Options): ValidationRule {
  const createRule = maxDepthRule({ n, flattenFragments: true, onReject: [refuse] })
  return (context) => {
    const rule = createRule(withoutIntrospection(context))
    return {
      OperationDefinition: {
        enter(operation: OperationDefinitionNode) {
          rule.onOperationDefinitionEnter(pruneType(operation))
        },
      },
    }
  }
}

function withoutIntrospection(context: ValidationContext): ValidationContext {
  const getFragment: ValidationContext['getFragment'] = (name) => {
    const fragment = context.getFragment(name)
    return fragment && pruneType(fragment)
  }
  return Object.create(context, { getFragment: { value: getFragment } })
}

function pruneType<Node extends ASTNode>(node: Node): Node {
  return visit(node, {
    Field: (field) =>
      field.name.value === '__type' ? { ...field, selectionSet: undefined } : undefined,
  })
}
