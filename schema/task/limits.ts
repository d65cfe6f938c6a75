/*
 * Limits of task input. Lengths are in code points. `npm run generate` copies this file for the page,
 * so it imports nothing.
 */

export const maxTitle = 255
export const maxDescription = 2_000
export const maxLabel = 50
export const maxLabels = 10
/** Units of the interval of a task that repeats. */
export const maxEvery = 999
/** Of the search, and of each label of a filter. */
export const maxFilterText = 255
export const maxFilterLabels = 100
