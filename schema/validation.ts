import { z } from 'zod'
import { badUserInput } from './errors.ts'

type TextBounds = { min?: number; max: number; trim?: boolean }

/** Text that Postgres can store, its length counted in code points, as a person would. */
export function text({ min = 0, max, trim = false }: TextBounds) {
  return (trim ? z.string().trim() : z.string()).superRefine((value, context) => {
    const refuse = (message: string) => context.addIssue({ code: 'custom', message })
    const length = countCharacters(value, max)
    if (!value.isWellFormed() || value.includes('\0')) {
      refuse('must be well-formed Unicode without null characters.')
    } else if (length < min || length > max) {
      refuse(`must have ${min > 0 ? `${min} to` : 'at most'} ${max} characters, got ${length}.`)
    }
  })
}

/** In code points. Of a text that is far too long, its UTF-16 units: they cost nothing to count. */
function countCharacters(value: string, max: number): number {
  return value.length > 10 * max ? value.length : [...value].length
}

/** Counted before its elements are looked at. */
export function list<Shape extends z.ZodType>(shape: Shape, max: number) {
  return z
    .array(z.custom<z.input<Shape>>())
    .max(max, { error: ({ input }) => `must be at most ${max}, got ${listLength(input)}.` })
    .pipe(z.array(shape))
}

function listLength(input: unknown): number | undefined {
  return Array.isArray(input) ? input.length : undefined
}

/** An optional input field in which null says the same as leaving it out. */
export function optional<Shape extends z.ZodType>(shape: Shape) {
  return shape.nullish().transform((value) => value ?? undefined)
}

/**
 * The input as the shape describes it, trimmed and with defaults.
 * @throws badUserInput that names the first field at fault.
 */
export function parseInput<Shape extends z.ZodType>(shape: Shape, input: unknown): z.output<Shape> {
  const parsed = shape.safeParse(input)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const field = issue?.path.filter((key) => typeof key === 'string').at(-1) ?? 'input'
  // GraphQL has checked the types already: what is left of a wrong type is a null.
  const fault = issue?.code === 'invalid_type' ? 'must not be null; leave it out.' : issue?.message
  throw badUserInput(`${field} ${fault}`, field)
}
