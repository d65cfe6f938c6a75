/** Random choices, all made from one sequence of numbers from 0 to 1. */
export type Draw = ReturnType<typeof createDraw>

export function createDraw(number: () => number) {
  const chance = (share: number) => number() < share
  return {
    number,
    /** True in the given share of cases. */
    chance,
    /** One of the choices; `otherwise` if there are none. */
    one: <T>(choices: readonly T[], otherwise: T): T =>
      choices[Math.floor(number() * choices.length)] ?? otherwise,
    /** 0 to `max` values of `make`. */
    several: <T>(make: () => T, max: number): T[] =>
      Array.from({ length: Math.floor(number() * (max + 1)) }, make),
    /** Each field with the given probability; the others are omitted. */
    some: (fields: Record<string, () => unknown>, share: number): Record<string, unknown> =>
      Object.fromEntries(
        Object.entries(fields).flatMap(([name, make]) => (chance(share) ? [[name, make()]] : [])),
      ),
  }
}
