import { ApolloServer } from '@apollo/server'
import { startStandaloneServer } from '@apollo/server/standalone'
import { resolvers, typeDefs } from './schema.mjs'
import { findOwner } from './tokens.mjs'

const server = new ApolloServer({ typeDefs, resolvers })
await startStandaloneServer(server, {
  listen: { port: Number(process.env.PORT), host: '127.0.0.1' },
  context: async ({ req }) => ({ ownerId: await findOwner(req.headers.authorization) }),
})
