/** How many tasks a token or an app may move to the trash within an hour, and how many changes it may make. */
export type BrakeLimits = { maxDeletions: number; maxChanges: number }

/** The columns of `actor_brakes` have the same defaults. */
export const defaultLimits: BrakeLimits = { maxDeletions: 50, maxChanges: 1_000 }

/** Of both limits. 0: none is allowed. */
export const highestLimit = 100_000
