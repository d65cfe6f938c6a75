/** Ways to choose, all of them fed by one row of numbers from 0 to 1. */
export type Draw = ReturnType<typeof createDraw>

export function createDraw(number: () => number) {
  const chance = (share: number) => number() < share
  return {
    number,
    /** True in the given share of cases. */
    chance,
    /** One of the choices; `otherwise` when there is none. */
    one: <T>(choices: readonly T[], otherwise: T): T =>
      choices[Math.floor(number() * choices.length)] ?? otherwise,
    /** None to `most` of what `make` makes. */
    several: <T>(make: () => T, most: number): T[] =>
      Array.from({ length: Math.floor(number() * (most + 1)) }, make),
    /** The fields, each made with the given chance and else left out. */
    some: (fields: Record<string, () => unknown>, share: number): Record<string, unknown> =>
      Object.fromEntries(
        Object.entries(fields).flatMap(([name, make]) => (chance(share) ? [[name, make()]] : [])),
      ),
  }
}
