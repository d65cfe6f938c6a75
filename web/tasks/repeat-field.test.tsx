import { render, screen } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import { useState } from 'react'
import { expect, it } from 'vitest'
import { RepeatField } from './repeat-field.tsx'
import type { TaskRepeat } from './repeat-words.ts'

/** The field in a form that keeps its value. @returns the values that it has had. */
function openField(opened: TaskRepeat | null = null) {
  const values: (TaskRepeat | null)[] = []
  function Form() {
    const [value, setValue] = useState(opened)
    return (
      <RepeatField
        value={value}
        onChange={(next) => {
          values.push(next)
          setValue(next)
        }}
      />
    )
  }
  render(<Form />)
  return { user: userEvent.setup(), last: () => values.at(-1) }
}

const choice = (name: string) => screen.getByRole('radio', { name })
const number = () => screen.getByRole('spinbutton')

it('begins with never, and asks for nothing else then', () => {
  openField()
  expect(choice('Never')).toHaveProperty('checked', true)
  expect(screen.queryByRole('spinbutton')).toBeNull()
})

it('chooses a unit, a number, weekdays and the beginning', async () => {
  const { user, last } = openField()
  await user.click(choice('Week'))
  expect(last()).toEqual({ every: 1, unit: 'WEEK', weekdays: null, from: 'DUE_DATE' })
  await user.clear(number())
  await user.type(number(), '2')
  await user.click(screen.getByRole('button', { name: 'Friday' }))
  await user.click(screen.getByRole('button', { name: 'Monday' }))
  await user.click(screen.getByRole('checkbox', { name: 'Count from the day it is completed' }))
  const weekdays = ['MONDAY', 'FRIDAY']
  expect(last()).toEqual({ every: 2, unit: 'WEEK', weekdays, from: 'COMPLETION' })
})

it('leaves out weekdays with another unit, and fields that the API does not know', async () => {
  const repeat = { every: 1, unit: 'WEEK', weekdays: ['MONDAY'], from: 'DUE_DATE' } as const
  const { user, last } = openField({ ...repeat, weekdays: ['MONDAY'], __typename: 'x' } as never)
  await user.click(choice('Month'))
  expect(last()).toEqual({ every: 1, unit: 'MONTH', weekdays: null, from: 'DUE_DATE' })
})

it('takes no number outside of 1 to 999, and shows the last valid one when it is left', async () => {
  const { user, last } = openField({ every: 3, unit: 'DAY', weekdays: null, from: 'DUE_DATE' })
  await user.clear(number())
  await user.type(number(), '1000')
  expect(number().getAttribute('aria-invalid')).toBe('true')
  expect(last()?.every).toBe(100)
  await user.tab()
  expect(number()).toHaveProperty('value', '100')
})

it('ends with never', async () => {
  const { user, last } = openField({ every: 3, unit: 'DAY', weekdays: null, from: 'DUE_DATE' })
  await user.click(choice('Never'))
  expect(last()).toBeNull()
})
