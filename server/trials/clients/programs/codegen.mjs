import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeToken, signUp, url } from './taskward.mjs'

/* The client preset reads the schema by introspection, with fragment masking; tsc checks the program. */

const modules = join(import.meta.dirname, '../node_modules')
const folder = mkdtempSync(join(tmpdir(), 'taskward-codegen-'))
const run = (name, ...args) =>
  execFileSync(join(modules, '.bin', name), args, { cwd: folder, encoding: 'utf8' })
const write = (name, text) => writeFileSync(join(folder, name), text)

const program = `
import { GraphQLClient } from 'graphql-request'
import { graphql, useFragment } from './gql/index.js'

const TaskRow = graphql(\`fragment TaskRow on Task { title priority dueOn }\`)
const CreateTask = graphql(\`mutation CreateTask($input: CreateTaskInput!) {
  createTask(input: $input) { task { id ...TaskRow } }
}\`)
const client = new GraphQLClient(process.env.TASKWARD_URL + '/graphql', {
  headers: { Authorization: 'Bearer ' + process.env.TASKWARD_TOKEN },
})
const { createTask } = await client.request(CreateTask, {
  input: { title: 'Call the printer', priority: 'HIGH' },
})
const { title, priority } = useFragment(TaskRow, createTask.task)
console.log(priority, title)
`
const config = {
  schema: `${url}/graphql`,
  documents: ['tasks.ts'],
  importExtension: '.js',
  generates: {
    'gql/': {
      preset: 'client',
      config: {
        enumsAsTypes: true,
        useTypeImports: true,
        scalars: { DateTime: 'string', Date: 'string' },
      },
    },
  },
}
const compiler = {
  compilerOptions: {
    target: 'es2023',
    module: 'nodenext',
    strict: true,
    skipLibCheck: true,
    types: ['node'],
    outDir: 'out',
  },
}
try {
  symlinkSync(modules, join(folder, 'node_modules'))
  write('package.json', '{ "type": "module" }')
  write('tasks.ts', program)
  write('codegen.json', JSON.stringify(config))
  write('tsconfig.json', JSON.stringify(compiler))
  run('graphql-codegen', '--config', 'codegen.json', '--silent')
  run('tsc')
  const env = { ...process.env, TASKWARD_TOKEN: await makeToken(await signUp()) }
  const file = join(folder, 'out/tasks.js')
  const printed = execFileSync(process.execPath, [file], { env, encoding: 'utf8' })
  assert.equal(printed, 'HIGH Call the printer\n')

  write('tasks.ts', program.replace("'HIGH'", "'HIGHEST'"))
  assert.throws(
    () => run('tsc'),
    ({ stdout }) => stdout.includes('\'"HIGHEST"\''),
  )
} finally {
  rmSync(folder, { recursive: true })
}
