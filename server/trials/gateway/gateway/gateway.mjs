import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { createGatewayRuntime } from '@graphql-hive/gateway-runtime'

/*
 * `node gateway.mjs <supergraph file> <port> [--decides]`: Hive Gateway in front of Taskward. It
 * forwards the Authorization header and Taskward's answers. With --decides it enforces the directives
 * of the supergraph and trusts the scopes of a token without verifying it.
 */

const [supergraphFile, port, decides] = process.argv.slice(2)

/** Keeps the status 401 and 403 of a subgraph, which the gateway would answer with 200. */
const statuses = { UNAUTHENTICATED: 401, FORBIDDEN: 403 }
const keepStatus = {
  onExecutionResult({ result }) {
    for (const { extensions } of result?.errors ?? []) {
      const status = statuses[extensions?.code]
      if (status) extensions.http = { status, spec: false }
    }
  },
}

const gateway = createGatewayRuntime({
  supergraph: await readFile(supergraphFile, 'utf8'),
  propagateHeaders: {
    fromClientToSubgraphs: ({ request }) => ({
      authorization: request.headers.get('authorization'),
    }),
    fromSubgraphsToClient: ({ response }) => ({
      'www-authenticate': response.headers.get('www-authenticate'),
    }),
  },
  ...(decides && { genericAuth: { mode: 'protect-granular', resolveUserFn } }),
  plugins: () => [keepStatus],
  maskedErrors: false,
  logging: false,
})

function resolveUserFn({ request }) {
  const [, payload] = request.headers.get('authorization')?.split('.') ?? []
  return payload ? JSON.parse(Buffer.from(payload, 'base64url')) : null
}

createServer(gateway).listen(Number(port), '127.0.0.1', () => console.log('ready'))
