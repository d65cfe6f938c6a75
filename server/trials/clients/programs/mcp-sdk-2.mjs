import {
  Client,
  StreamableHTTPClientTransport as Transport,
  UnauthorizedError,
} from '@modelcontextprotocol/client'
import { trySdk } from './mcp-sdk.mjs'

await trySdk({ Client, Transport, UnauthorizedError, answerOf: ({ searchParams }) => searchParams })
