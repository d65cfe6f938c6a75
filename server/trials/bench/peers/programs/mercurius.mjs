import Fastify from 'fastify'
import mercurius from 'mercurius'
import { resolvers, typeDefs } from './schema.mjs'
import { findOwner } from './tokens.mjs'

/* Mercurius compiles each document after its first use (jit: 1). */

const app = Fastify()
app.register(mercurius, {
  schema: typeDefs,
  resolvers,
  jit: 1,
  context: async ({ headers }) => ({ ownerId: await findOwner(headers.authorization) }),
})
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
