import { anyViewer, readsEmail } from './access.ts'
import { builder } from './builder.ts'
import type { Viewer } from './context.ts'
import { notFound } from './errors.ts'

const ViewerType = builder.objectRef<Viewer>('Viewer').implement({
  description: 'The caller, from the claims of the token.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'The id of the account: the `sub` claim of the token.' }),
    email: t.withAuth(readsEmail).string({
      description:
        'The e-mail address of the account, in lower case: the `email` claim of the token.',
      resolve: ({ email }) => {
        if (email === undefined) throw notFound('This token has no e-mail address.')
        return email
      },
    }),
    scopes: t.stringList({
      description: 'The scopes of the token, sorted. A first-party token has every scope.',
      resolve: ({ scopes }) => [...scopes],
    }),
  }),
})

builder.queryField('viewer', (t) =>
  t.withAuth(anyViewer).field({
    type: ViewerType,
    description: 'The caller.',
    resolve: (_root, _args, { viewer }) => viewer,
  }),
)
