import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as Transport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { trySdk } from './mcp-sdk.mjs'

const answerOf = ({ searchParams }) => searchParams.get('code')
await trySdk({ Client, Transport, UnauthorizedError, answerOf })
