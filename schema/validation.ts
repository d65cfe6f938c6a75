import { z } from 'zod'
import { badUserInput } from './errors.ts'

type TextBounds = { min?: number; max: number; trim?: boolean }

/** Text that Postgres can store, its length counted in code points, as a person would. */
export function text({ min = 0, max, trim = false }: TextBounds) {
  return (trim ? z.string().trim() : z.string()).superRefine((value, context) => {
    const refuse = (message: string) => context.addIssue({ code: 'custom', message })
    const length = [...value].length
    if (!value.isWellFormed() || value.includes('\0')) {
      refuse('must be well-formed Unicode without null characters.')
    } else if (length < min || length > max) {
      refuse(`must have ${min > 0 ? `${min} to` : 'at most'} ${max} characters, got ${length}.`)
    }
  })
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
