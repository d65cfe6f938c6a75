import assert from 'node:assert/strict'

const toolNames =
  'list_tasks find_task list_labels create_task update_task complete_task reopen_task delete_task ' +
  'list_trash restore_task list_changes'

/** Lists the tools and calls three of them, as an assistant does. One call is refused. */
export async function checkTools({ listNames, call }) {
  assert.deepEqual((await listNames()).sort(), toolNames.split(' ').sort())
  const labels = [crypto.randomUUID()]
  const created = await call('create_task', { title: 'Call the printer', labels })
  assert.equal(created.structuredContent.task.title, 'Call the printer')
  const listed = await call('list_tasks', { filter: { labels } })
  assert.equal(listed.structuredContent.tasks.nodes.length, 1)
  const refused = await call('complete_task', { id: 'unknown' })
  assert.equal(refused.isError, true)
  assert.match(refused.content[0].text, /^NOT_FOUND/)
}
