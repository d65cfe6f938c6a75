/*
 * Which file may import which, in one table. A path that ends in "/" is a folder with all below it,
 * one that ends in "/*" the files directly in it. A file may always import the files of its folder.
 */

/** The parts of db that the server may open. Rows of tasks it reaches through the schema alone. */
const openToServer = [
  'abort',
  'actor-brakes',
  'actors',
  'app-grants',
  'app-role',
  'async-storage',
  'availability',
  'backup',
  'brake',
  'brake-limits',
  'changes',
  'change-cursors',
  'client',
  'clock',
  'connection-limit',
  'dry-run',
  'embedded/data-directory',
  'embedded/embedded',
  'embedded/upgrade',
  'ended-sessions',
  'expired-rows',
  'export',
  'fair-queue',
  'followed-owners',
  'locks',
  'migrate',
  'old-creations',
  'old-history',
  'owners',
  'pool',
  'prepare-lists',
  'rate-limits',
  'row-security',
  'shares',
  'statement-trace',
  'users',
].map((name) => `db/${name}.ts`)

const server = (...folders: string[]) => [
  ...folders.map((folder) => `server/${folder}/`),
  ...openToServer,
  'schema/',
]
const web = (...folders: string[]) => ['gql', ...folders].map((folder) => `web/${folder}/`)
const feature = web('api', 'session', 'ui')

/** For the files of the product: what each folder may import. The longest matching path counts. */
export const productRules: Record<string, string[]> = {
  'db/': ['db/embedded/embedded.ts'],
  'db/embedded/': ['db/*'],
  'schema/': ['schema/label/', 'schema/task/', 'db/*'],
  'schema/label/': ['schema/*', 'db/*'],
  'schema/task/': ['schema/*', 'schema/label/', 'db/*'],

  'server/log/': ['db/async-storage.ts'],
  'server/http/': server('log'),
  'server/limits/': server('http', 'log'),
  'server/mail/': server('log'),
  'server/tokens/': server('limits', 'http', 'log'),
  'server/oauth/': server('tokens', 'limits', 'http', 'log'),
  'server/graphql/compiled/': ['schema/'],
  'server/graphql/': server('graphql/compiled', 'tokens', 'limits', 'http', 'log'),
  'server/access-tokens/': server('tokens', 'limits', 'http', 'log'),
  'server/accounts/': server('access-tokens', 'oauth', 'tokens', 'limits', 'mail', 'http', 'log'),
  'server/metrics/': server('http', 'log'),
  'server/tracing/': server('accounts', 'http', 'log'),
  'server/processes/': ['server/env.ts', 'server/taskward.ts', ...server('log', 'metrics')],
  'server/commands/': ['server/env.ts', 'server/taskward.ts', ...server('accounts', 'log')],
  'server/mcp/': server('graphql', 'tokens', 'http', 'log'),
  'server/': server(
    'accounts',
    'access-tokens',
    'commands',
    'graphql',
    'http',
    'limits',
    'log',
    'mail',
    'mcp',
    'metrics',
    'oauth',
    'processes',
    'tokens',
    'tracing',
  ),
  'server/docs-site/': ['schema/'],
  'server/scripts/': ['server/*', ...server('accounts', 'commands', 'log')],

  'web/ui/': [],
  'web/session/': web('ui'),
  'web/api/': web('session', 'ui'),
  'web/frame/': web('session', 'ui'),
  'web/account/': feature,
  'web/activity/': feature,
  'web/apps/': feature,
  'web/developer/': feature,
  'web/oauth/': feature,
  'web/tasks/': [...feature, 'web/frame/'],
  'web/playground/': [...feature, 'web/styles/'],
  'web/docs/': ['web/styles/'],
  'web/': web(
    'account',
    'activity',
    'api',
    'apps',
    'developer',
    'frame',
    'oauth',
    'session',
    'styles',
    'tasks',
    'ui',
  ),
}

/** Tests, their helpers and the trials: they may import all of their layer and of those below. */
export const testRules: Record<string, string[]> = {
  'db/': ['db/'],
  'schema/': ['schema/', 'db/'],
  'server/': ['server/', 'schema/', 'db/embedded/', 'db/testing/', ...openToServer],
  // Compares statements on tasks, and reads CPU time like the other benchmarks.
  'server/trials/bench/lists/': ['server/', 'db/'],
  'server/trials/migration/': ['server/', 'db/'], // seeds what the triggers would have kept
  // Both layers are tried with the provider, and start products on free ports.
  'web/': [
    'web/',
    'server/testing/openid-provider.ts',
    'server/testing/smtp.ts',
    'db/embedded/free-port.ts',
  ],
}
export const isTest = (file: string) =>
  /\.(test|spec)\.tsx?$|^\w+\/(testing|trials|e2e)\//.test(file)

/** Packages that a layer must not import, because another layer owns what they do. */
const sql = ['drizzle-orm', 'pg']
const graphql = ['graphql', 'graphql-yoga', '@pothos']
const accounts = ['better-auth', '@better-auth', 'jose']
const browser = ['react', 'react-dom', 'urql', '@urql']
export const foreignPackages: Record<string, string[]> = {
  'db/': [...graphql, ...accounts, ...browser],
  'schema/': [...sql, 'graphql-yoga', ...accounts, ...browser],
  'server/': ['drizzle-orm', '@pothos', ...browser],
  'web/': [...sql, 'graphql-yoga', '@pothos', 'jose'],
}

/** Every other file of a layer lies in a folder. */
export const rootFiles: Record<string, string[]> = {
  'server/': ['app.ts', 'app.test.ts', 'env.ts', 'env.test.ts', 'main.ts', 'taskward.ts'],
  'web/': ['api-provider.tsx', 'app.tsx', 'index.html', 'main.tsx', 'vite.config.ts'],
}

/**
 * All that may lie at the top of the repository. Tools look for these files here and nowhere else;
 * a file that may lie elsewhere does (.github/, docs/, the folder that it configures).
 */
export const topLevel = [
  ...['db', 'docs', 'schema', 'server', 'web', '.ci', '.github'],
  ...['README.md', 'SECURITY.md', 'LICENSE', '.env.example'],
  ...['package.json', 'package-lock.json', '.npmrc', '.nvmrc'],
  ...['.gitignore', '.editorconfig', 'biome.json', 'tsconfig.json'],
  ...['codegen.ts', 'drizzle.config.ts', 'vitest.config.ts'],
]
