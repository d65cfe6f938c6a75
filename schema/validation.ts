import { z } from 'zod'
import { badUserInput } from './errors.ts'
import { isBlank } from './visible.ts'

type TextBounds = { min?: number; max: number; trim?: boolean }

/** Text that Postgres can store. Its length is counted in code points. */
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

/** A text of one line, trimmed, in which something can be seen: no control characters, no line breaks. */
export function line(max: number) {
  return text({ min: 1, max, trim: true }).superRefine((value, context) => {
    const refuse = (message: string) => context.addIssue({ code: 'custom', message })
    if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(value)) {
      refuse('must have no control characters and no line breaks.')
    } else if (value !== '' && isBlank(value)) refuse('must have a visible character.')
  })
}

/** In code points. For a text that is far too long, in UTF-16 units, which is fast. */
function countCharacters(value: string, max: number): number {
  return value.length > 10 * max ? value.length : [...value].length
}

/** Checks the number of elements before the elements. */
export function list<Shape extends z.ZodType>(shape: Shape, max: number) {
  return z
    .array(z.custom<z.input<Shape>>())
    .max(max, { error: ({ input }) => `must be at most ${max}, got ${listLength(input)}.` })
    .pipe(z.array(shape))
}

function listLength(input: unknown): number | undefined {
  return Array.isArray(input) ? input.length : undefined
}

/** An optional input field. Null means the same as leaving it out. */
export function optional<Shape extends z.ZodType>(shape: Shape) {
  return shape.nullish().transform((value) => value ?? undefined)
}

/**
 * Returns the input, trimmed and with defaults.
 * @throws badUserInput for the first invalid field.
 */
export function parseInput<Shape extends z.ZodType>(shape: Shape, input: unknown): z.output<Shape> {
  const parsed = shape.safeParse(input)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const field = issue?.path.filter((key) => typeof key === 'string').at(-1) ?? 'input'
  // GraphQL has checked the types, so a wrong type can only be a null.
  const fault =
    issue?.code === 'invalid_type' ? 'must not be null. Leave it out instead.' : issue?.message
  throw badUserInput(`${field} ${fault}`, field)
}
