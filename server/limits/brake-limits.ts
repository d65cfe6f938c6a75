import { z } from 'zod'
import { highestLimit } from '#db/brake-limits.ts'

const Limit = z.int().min(0).max(highestLimit).nullish()

/** How many tasks a program may move to the trash within an hour, and how many changes it may make. */
export const brakeLimits = { maxDeletions: Limit, maxChanges: Limit }

export const BrakeLimits = z.object(brakeLimits)
