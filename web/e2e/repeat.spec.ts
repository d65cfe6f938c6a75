import { expect } from 'vitest'
import { it } from './fixtures.ts'
import { detailsButton, listTitles, row, tick, undo } from './locators.ts'
import { waitUntilIdle } from './task-stream.ts'

it('a task that repeats shows its next one when it is completed, and undo takes that back', async ({
  page,
  ada,
}) => {
  await ada.createTasks({ title: 'Water the plants', dueOn: '2999-03-01' })
  const idle = waitUntilIdle(page)
  await page.goto('/?status=open')
  await idle
  await detailsButton(page, 'Water the plants').click()
  await page.getByRole('radio', { name: 'Week' }).check()
  await row(page, 'Water the plants').getByText('Every week').waitFor()
  await tick(page, 'Water the plants').click()
  await row(page, 'Water the plants').getByText('8 Mar 2999').waitFor()
  expect(await listTitles(page)).toEqual(['Water the plants'])
  await undo(page).click()
  await row(page, 'Water the plants').getByText('1 Mar 2999').waitFor()
  await expect.poll(() => listTitles(page)).toEqual(['Water the plants'])
})
