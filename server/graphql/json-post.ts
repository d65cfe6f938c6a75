import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  type ExecutionResult,
  type GraphQLError,
  getVariableValues,
  type OperationDefinitionNode,
} from 'graphql'
import { processRegularResult } from 'graphql-yoga'
import { dropRules } from '#schema/builder.ts'
import { costOf } from '#schema/cost.ts'
import { findVariableFaults } from '#schema/variables.ts'
import { noteOperation } from '../log/request-notes.ts'
import type { Payer } from './charges.ts'
import { createOperationCache } from './compiled/cache.ts'
import type { Variables } from './compiled/compile.ts'
import { executeCompiled } from './compiled/execute.ts'
import { corsHeaders } from './cors.ts'
import { executeAsAsked } from './dry-run.ts'
import { findParamsFault } from './input-limits.ts'
import { chooseMediaType, isJsonPost } from './media-types.ts'
import type { OperationTurns } from './operation-turns.ts'
import type { Params } from './post-params.ts'
import { handOver, type PostOptions, receivePost } from './received-post.ts'

/**
 * Answers the commonest request itself: a POST of JSON with a document that was sent before. It takes
 * the steps of Yoga and its plugins in the same order, with the same functions, but without creating
 * Request and Response objects. Every other request goes to Yoga, which defines the behavior.
 * server/contract/json-post.test.ts compares status, headers and bytes of both.
 */
export function createJsonPost(options: PostOptions & { turns: OperationTurns }) {
  const { schema, authenticate, charges, turns, createContext, inContract, yoga } = options
  const findOperation = createOperationCache(schema)

  async function answer(
    request: IncomingMessage,
    response: ServerResponse,
    mediaType: string,
  ): Promise<unknown> {
    const received = await receivePost(request, authenticate)
    if (!received) return undefined
    const { params, viewer } = received
    const leave = (isCharged: boolean) =>
      yoga(request, response, handOver(request, received, isCharged))
    if (!params || viewer === undefined) return leave(false)
    const result = await execute(params, { req: request, res: response, viewer })
    if (!result) return leave(true)
    if (request.headers.origin !== undefined) setAll(response, corsHeaders)
    if (result.errors) return sendErrors(response, inContract(result, request), mediaType)
    const type = [['Content-Type', `${mediaType}; charset=utf-8`]] as const
    return send(response, 200, type, JSON.stringify(result))
  }

  /** Undefined: the request is charged, and Yoga must execute it. */
  async function execute(
    { query, variables, operationName, extensions }: Params,
    payer: Payer,
  ): Promise<ExecutionResult | undefined> {
    try {
      charges.chargeRequest(payer) // first, so that compiling is paid for
      const compiled = findOperation(query, operationName)
      if (!compiled) return undefined
      const fault = findParamsFault({ variables, extensions })
      if (fault) return { errors: [fault] }
      const { operation, document } = compiled
      noteOperation(payer.req, operation)
      charges.chargeOperation(costOf({ document, operationName, variables }) ?? 0, payer)
      const { variableDefinitions = [] } = operation
      const { coerced } = getVariableValues(schema, variableDefinitions, variables, {
        maxErrors: 1,
      })
      if (!coerced) return { errors: listFaults(operation, variables) }
      const context = createContext(payer.viewer)
      const asked = { extensions, operation: operation.operation, context, request: payer }
      const work = () => executeCompiled(compiled, context, coerced)
      const result = await turns.run(payer, () => executeAsAsked(asked, work))
      dropRules(context)
      charges.chargeUsage(context.db.usage, payer)
      return result
    } catch (error) {
      return { errors: [error as GraphQLError] } // inContract accepts any error
    }
  }

  /** Invalid variables, otherwise missing ones. */
  function listFaults(operation: OperationDefinitionNode, variables: Variables) {
    const faults = findVariableFaults(schema, operation, variables)
    if (faults.length > 0) return faults
    const { variableDefinitions = [] } = operation
    const { errors: missing = [] } = getVariableValues(schema, variableDefinitions, variables)
    for (const { extensions } of missing) extensions.http = { status: 400 } // as Yoga's executor
    return missing
  }

  /** Errors decide the status and further headers. Yoga knows how. */
  async function sendErrors(response: ServerResponse, result: ExecutionResult, mediaType: string) {
    const answer = processRegularResult(result, yoga.fetchAPI, mediaType)
    send(response, answer.status, answer.headers, await answer.text())
  }

  return (request: IncomingMessage, response: ServerResponse): unknown => {
    const { headers } = request
    // Yoga compares it with small letters (RFC 9110 §8.3.1: any case).
    headers['content-type'] = headers['content-type']?.toLowerCase()
    const mediaType = isJsonPost(request) ? chooseMediaType(headers.accept) : undefined
    return mediaType ? answer(request, response, mediaType) : yoga(request, response, {})
  }
}

function send(
  response: ServerResponse,
  status: number,
  headers: Iterable<readonly [string, string]>,
  text: string,
): void {
  if (response.headersSent) return // a timeout has answered
  setAll(response, headers)
  response.setHeader('Content-Length', Buffer.byteLength(text))
  response.writeHead(status).end(text)
}

function setAll(response: ServerResponse, headers: Iterable<readonly [string, string]>): void {
  if (response.headersSent) return
  for (const [name, value] of headers) response.setHeader(name, value)
}
