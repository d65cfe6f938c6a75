import { foldCase } from './pages.ts'

type Rule = (value: unknown) => boolean
type Rules = { [field: string]: Rule | Rules }

/**
 * The contract's rules for input, written independently of the code under test. Answers the name of
 * the invalid field.
 */
export function findFault(name: string, variables: Record<string, unknown>): string | undefined {
  const { first, last } = variables
  if (name === 'tasks' && first != null && last != null) return 'last'
  return faultOf(rules[name] ?? {}, variables)
}

function faultOf(rules: Rules, values: object): string | undefined {
  for (const field of Object.keys(values)) if (!Object.hasOwn(rules, field)) return field
  for (const [field, rule] of Object.entries(rules)) {
    const value = (values as Record<string, unknown>)[field]
    if (typeof rule === 'function') {
      if (!rule(value)) return field
    } else if (typeof value === 'object' && value !== null) {
      const fault = faultOf(rule, value)
      if (fault !== undefined) return fault
    }
  }
  return undefined
}

const isAny: Rule = () => true
const isBoolean: Rule = (value) => typeof value === 'boolean'
const isPriority: Rule = (value) => ['LOW', 'MEDIUM', 'HIGH'].includes(String(value))
const isId: Rule = (value) => typeof value === 'string'

function text(min: number, max: number, trimmed = false): Rule {
  return (value) => {
    if (typeof value !== 'string' || !value.isWellFormed() || value.includes('\0')) return false
    const { length } = Array.from(trimmed ? value.trim() : value)
    return length >= min && length <= max
  }
}

/** A real day of the calendar, in the years 0001 to 9999. */
const isDate: Rule = (value) => {
  if (typeof value !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(value)) return false
  const date = new Date(`${value}T00:00:00Z`)
  return !value.startsWith('0000') && date.toJSON()?.startsWith(value) === true
}

const isDateTime: Rule = (value) =>
  typeof value === 'string' &&
  /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/.test(value) &&
  isDate(value.slice(0, 10)) &&
  !Number.isNaN(Date.parse(value))

const listOf =
  (rule: Rule, max: number): Rule =>
  (value) =>
    Array.isArray(value) && value.length <= max && value.every(rule)

const orUndefined =
  (rule: Rule): Rule =>
  (value) =>
    value === undefined || rule(value)

const orNull =
  (rule: Rule): Rule =>
  (value) =>
    value == null || rule(value)

const isPageSize: Rule = (value) =>
  Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 100
function line(max: number): Rule {
  const isText = text(1, max, true)
  return (value) =>
    isText(value) &&
    !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(String(value).trim()) &&
    /[^\p{Z}\p{Cf}\p{M}]/u.test(String(value).trim())
}

const isTitle = line(255)
const isLabel = line(50)
const areLabels: Rule = (value) =>
  Array.isArray(value) &&
  value.every(isLabel) &&
  new Set(value.map((label) => foldCase(String(label).trim()))).size <= 10

const rules: { [operation: string]: Rules } = {
  createTask: {
    input: {
      title: isTitle,
      description: orNull(text(0, 2000)),
      dueOn: orNull(isDate),
      priority: orNull(isPriority),
      labels: orNull(areLabels),
      idempotencyKey: orNull(text(1, 64)),
    },
  },
  updateTask: {
    input: {
      id: isId,
      title: orUndefined(isTitle),
      description: orNull(text(0, 2000)),
      completed: orUndefined(isBoolean),
      dueOn: orNull(isDate),
      priority: orUndefined(isPriority),
      labels: orUndefined(areLabels),
      ifUpdatedAt: orNull(isDateTime),
    },
  },
  completeTask: { input: { id: isId } },
  reopenTask: { input: { id: isId } },
  deleteTask: { input: { id: isId } },
  task: { id: isId },
  node: { id: isId },
  nodes: { ids: listOf(isId, 100) },
  tasks: {
    first: orNull(isPageSize),
    last: orNull(isPageSize),
    after: isAny, // the model checks cursors
    before: isAny,
    filter: {
      completed: orNull(isBoolean),
      priority: orNull(listOf(isPriority, 100)),
      labels: orNull(listOf(text(0, 255), 100)),
      dueOnOrAfter: orNull(isDate),
      dueOnOrBefore: orNull(isDate),
      search: orNull(text(0, 255)),
    },
    orderBy: {
      field: (value) =>
        String(value) in { CREATED_AT: 1, UPDATED_AT: 1, DUE_ON: 1, PRIORITY: 1, TITLE: 1 },
      direction: (value) => value === 'ASC' || value === 'DESC',
    },
  },
}
