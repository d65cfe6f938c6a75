import { describe, expect } from 'vitest'
import { schema } from '#schema/index.ts'
import { connectMcp, postMcp, toolCall } from '../testing/mcp.ts'
import { readTableState } from '../testing/table-state.ts'
import { it } from '../testing/test.ts'
import { withDryRunArgument } from './dry-run.ts'
import { createTools } from './tools.ts'

const tools = [...createTools(schema).values()]

const masked = (content: object) =>
  JSON.parse(
    JSON.stringify(content).replaceAll(/"VGFzazo[\w=]+"|"\d{4}-\d\d-\d\dT[\d:.]+Z"/g, '""'),
  )

describe('the argument dryRun', () => {
  it('is described by every tool that writes, and by no other', () => {
    for (const { inputSchema, isMutation } of tools) {
      const argument = inputSchema.properties.dryRun
      expect(argument?.type).toBe(isMutation ? 'boolean' : undefined)
      expect(argument?.default).toBe(isMutation ? false : undefined)
      expect(inputSchema.required).not.toContain('dryRun')
    }
  })

  it('cannot be a field of an input as well', () => {
    const input = { type: 'object' as const, properties: { dryRun: { type: 'string' } } }
    expect(() => withDryRunArgument(input)).toThrow('A mutation has a field "dryRun"')
  })

  it.for(tools.filter(({ isMutation }) => isMutation).map(({ name }) => name))(
    'shows the result of %s, and changes nothing',
    async (name, { app, ada }) => {
      const id = await ada.createTask({ title: 'Before' })
      const given = name === 'create_task' ? { title: 'New' } : { id }
      const client = await connectMcp(app, ada.token)
      if (name === 'restore_task') await client.call('delete_task', { id })
      const before = await readTableState(app.pool)
      const dry = await client.call(name, { ...given, dryRun: true })
      expect(await readTableState(app.pool)).toEqual(before)
      const real = await client.call(name, { ...given, dryRun: false })
      expect(real.isError).toBe(false)
      expect(real.content).not.toHaveProperty('dryRun')
      expect(masked(dry.content)).toEqual({ ...masked(real.content), dryRun: true })
      expect(dry.text).toMatch(/^Dry run: nothing was changed\. It would be:\n/)
      await client.close()
    },
  )

  it('leaves the errors as they are', async ({ app, ada }) => {
    const client = await connectMcp(app, ada.token)
    const [dry, real] = [true, false].map((dryRun) =>
      client.call('delete_task', { id: 'x', dryRun }),
    )
    expect((await dry)?.text).toMatch(/^NOT_FOUND: /)
    expect(await dry).toEqual(await real)
    await client.close()
  })

  it.for([{ value: 'true' }, { value: null }, { value: 1 }])(
    'is refused as $value, and nothing is executed',
    async ({ value }, { app, ada }) => {
      const id = await ada.createTask()
      const before = await readTableState(app.pool)
      const headers = { Authorization: `Bearer ${ada.token}` }
      const response = await postMcp(app, toolCall('delete_task', { id, dryRun: value }), headers)
      const { result } = await response.json()
      expect(result.isError).toBe(true)
      expect(result.content[0].text).toBe(
        `BAD_USER_INPUT: dryRun must be true or false, got ${JSON.stringify(value)}.`,
      )
      expect(await readTableState(app.pool)).toEqual(before)
    },
  )

  it('is no argument of a tool that reads', async ({ app, ada }) => {
    const client = await connectMcp(app, ada.token)
    const { text } = await client.call('list_labels', { dryRun: true })
    expect(text).toContain('list_labels has no argument "dryRun"')
    await client.close()
  })
})
