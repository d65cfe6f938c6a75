import { anyViewer, readsEmail } from './access.ts'
import { builder } from './builder.ts'
import type { Viewer } from './context.ts'
import { notFound } from './errors.ts'

const ViewerType = builder.objectRef<Viewer>('Viewer').implement({
  description: 'Who is calling, as the token says.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'The account: the `sub` claim of the token.' }),
    email: t.withAuth(readsEmail).string({
      description: 'The e-mail address of the account, in lower case, as the token says it.',
      resolve: ({ email }) => {
        if (email === undefined) throw notFound('This token carries no e-mail address.')
        return email
      },
    }),
    scopes: t.stringList({
      description:
        'What the calling token may do, sorted. A first-party token holds every scope there is.',
      resolve: ({ scopes }) => [...scopes],
    }),
  }),
})

builder.queryField('viewer', (t) =>
  t.withAuth(anyViewer).field({
    type: ViewerType,
    description: 'Who is calling.',
    resolve: (_root, _args, { viewer }) => viewer,
  }),
)
