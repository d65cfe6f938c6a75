import type { CodegenConfig } from '@graphql-codegen/cli'

/** Reads the committed contract and the operations of the web client; writes `web/gql/`. */
const config: CodegenConfig = {
  schema: 'schema/schema.graphql',
  documents: ['web/**/*.{ts,tsx}', '!web/gql/**'],
  ignoreNoDocuments: true,
  importExtension: '.ts',
  generates: {
    'web/gql/': {
      preset: 'client',
      presetConfig: { fragmentMasking: { unmaskFunctionName: 'readFragment' } },
      config: {
        useTypeImports: true,
        enumsAsTypes: true,
        scalars: { DateTime: 'string', Date: 'string' },
        strictScalars: true,
      },
    },
  },
}

export default config
