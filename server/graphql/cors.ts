import type { CORSOptions } from 'graphql-yoga'

/** Pages of any origin may call the API with a token, never with cookies. */
export const cors = {
  origin: '*',
  credentials: false,
  methods: ['GET', 'POST'],
  allowedHeaders: ['Authorization', 'Content-Type', 'Accept'],
  exposedHeaders: [
    'WWW-Authenticate',
    'Retry-After',
    'RateLimit-Limit',
    'RateLimit-Remaining',
    'RateLimit-Reset',
    'X-Request-Id',
  ],
  maxAge: 86_400,
} satisfies CORSOptions

/** For a response that is not a preflight's, browsers ignore the allowed headers. */
export const usualHeaders = cors.allowedHeaders.join(', ')

/** The headers that Yoga adds to the response to a request with an Origin. */
export const corsHeaders = [
  ['Access-Control-Allow-Origin', cors.origin],
  ['Access-Control-Allow-Methods', cors.methods.join(', ')],
  ['Access-Control-Allow-Headers', usualHeaders],
  ['Access-Control-Expose-Headers', cors.exposedHeaders.join(', ')],
  ['Access-Control-Max-Age', String(cors.maxAge)],
] as const
