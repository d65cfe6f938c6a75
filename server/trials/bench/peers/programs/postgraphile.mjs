import { createServer } from 'node:http'
import { GraphQLError } from 'graphql'
import { postgraphile } from 'postgraphile'
import { makePgService } from 'postgraphile/adaptors/pg'
import { grafserv } from 'postgraphile/grafserv/node'
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber'
import { findOwner } from './tokens.mjs'

/*
 * PostGraphile makes its schema from the tables of the database. It uses the row-level security of
 * Taskward's migrations.
 */

// PostGraphile 5 is made for Node 22. This is all that it misses on Node 20.
Promise.withResolvers ??= () => {
  const resolvers = {}
  const promise = new Promise((resolve, reject) => Object.assign(resolvers, { resolve, reject }))
  return { promise, ...resolvers }
}

const preset = {
  extends: [PostGraphileAmberPreset],
  // Without this plugin a list can also be filtered by a column that has no index: completed_at.
  disablePlugins: ['PgIndexBehaviorsPlugin'],
  pgServices: [makePgService({ connectionString: process.env.DATABASE_URL, schemas: ['public'] })],
  grafserv: {
    graphqlPath: '/graphql',
    graphiql: false,
    watch: false,
    maskError: ({ message }) => new GraphQLError(message), // it would print each refusal of the gate
  },
  grafast: {
    context: async ({ node }) => {
      const ownerId = await findOwner(node?.req.headers.authorization)
      if (ownerId === undefined) throw new GraphQLError('A token is required.')
      return { pgSettings: { role: 'taskward_app', 'taskward.owner': ownerId } }
    },
  },
}

const server = createServer()
await postgraphile(preset).createServ(grafserv).addTo(server)
server.listen(process.env.PORT, '127.0.0.1')
