import type { NewTask } from './account.ts'

const dayMs = 86_400_000
const inDays = (days: number) => new Date(Date.now() + days * dayMs).toISOString().slice(0, 10)

/** A realistic list with edge cases; the last one is shown first. */
export const manyTasks: NewTask[] = [
  { title: 'Return the library books', done: true },
  { title: 'Pay the electricity bill', dueOn: inDays(-3), priority: 'HIGH', labels: ['home'] },
  { title: 'לקנות חלב, לחם וביצים', labels: ['קניות'] },
  { title: 'Water the plants 🌱🪴', dueOn: inDays(0), priority: 'LOW', labels: ['home'] },
  {
    title: 'Ten labels',
    labels: ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'],
  },
  { title: `${'A title as long as they come, '.repeat(8)}and then some.` },
  { title: 'W'.repeat(255), labels: ['L'.repeat(50)] },
  {
    title: 'Prepare the talk',
    description: 'Slides, a short demonstration, and a spare laptop.',
    dueOn: inDays(1),
    priority: 'HIGH',
    labels: ['work', 'talk'],
  },
]

/** An ordinary list; the last one is shown first. */
export function everydayTasks(): NewTask[] {
  const fillers = ['Ada', 'Bob', 'the neighbours'].flatMap((who) => [
    { title: `Write to ${who}`, labels: ['letters'] },
    { title: `Thank ${who} for the plums`, labels: ['letters'], priority: 'LOW' as const },
    { title: `Ask ${who} about the long table`, dueOn: inDays(12) },
    { title: `Give ${who} the spare key` },
    { title: `Take a picture of ${who} for the wall`, done: true },
    { title: `Bake bread with ${who}`, dueOn: inDays(5), labels: ['kitchen'] },
  ])
  return [
    ...fillers,
    { title: 'Descale the kettle', labels: ['kitchen'], priority: 'LOW' },
    { title: 'Compare two quotes for the roof', labels: ['house'], description: 'Both by mail.' },
    { title: 'Cancel the old phone contract', dueOn: inDays(20) },
    { title: 'Order filter paper', labels: ['kitchen'], done: true },
    { title: 'Read chapter four', labels: ['book club'], dueOn: inDays(6) },
    { title: 'Bring the bicycle to the repair shop', done: true },
    { title: 'Plan the walk along the coast', labels: ['weekend'], description: 'Trains, tides.' },
    { title: 'Return the library books', dueOn: inDays(-2), priority: 'HIGH' },
    { title: 'Pay the electricity bill', dueOn: inDays(0), labels: ['house'], priority: 'HIGH' },
    { title: 'Water the plants', labels: ['house'], priority: 'LOW' },
    { title: 'Book a table for six', dueOn: inDays(1), labels: ['weekend'] },
    {
      title: 'Prepare the talk',
      description: 'Slides, a short demonstration, and a spare laptop.',
      dueOn: inDays(3),
      labels: ['work'],
      priority: 'HIGH',
    },
  ]
}
