import type { ObjectSchema } from './json-schema.ts'

/** The argument, and the member of the result. It must not be the name of an input field or payload field. */
const name = 'dryRun'

const argument = {
  type: 'boolean',
  default: false,
  description:
    'true: shows what the call would do, errors included, and changes nothing. Use it before a change that you are not sure of.',
}

const member = {
  type: 'boolean',
  description: 'true: this was a dry run, and nothing was changed. Otherwise missing.',
}

/** Adds the argument of dry runs to the input schema of a tool that writes. */
export function withDryRunArgument(schema: ObjectSchema): ObjectSchema {
  return withProperty(schema, argument)
}

/** Adds the member that marks the result of a dry run to the output schema of a tool that writes. */
export function withDryRunMember(schema: ObjectSchema): ObjectSchema {
  return withProperty(schema, member)
}

function withProperty(schema: ObjectSchema, property: typeof member): ObjectSchema {
  if (Object.hasOwn(schema.properties, name)) {
    throw new Error(`A mutation has a field "${name}", which is the argument of dry runs.`)
  }
  return { ...schema, properties: { ...schema.properties, [name]: property } }
}
