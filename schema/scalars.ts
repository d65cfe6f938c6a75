import { GraphQLError, GraphQLScalarType, type ValueNode } from 'graphql'
import { GraphQLDateTimeISO, GraphQLLocalDate } from 'graphql-scalars'

/** RFC 3339 and Postgres both support the years 1 to 9999. */
function hasKnownYear(date: Date): boolean {
  return date.getUTCFullYear() >= 1 && date.getUTCFullYear() <= 9999
}

export const DateTime = new GraphQLScalarType<Date, string>({
  ...withKnownYears(GraphQLDateTimeISO, (date) => hasKnownYear(date)),
  // The database layer returns text in this form. Parsing it again would only cost time.
  serialize: (value) => (typeof value === 'string' ? value : GraphQLDateTimeISO.serialize(value)),
  name: 'DateTime',
  description:
    'A point in time: date-time of RFC 3339 §5.6. Responses are in UTC with milliseconds, such as 2026-11-24T09:30:00.000Z. Years 0001 to 9999.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339#section-5.6',
})

export const LocalDate = new GraphQLScalarType<string, string>({
  ...withKnownYears(GraphQLLocalDate, (date) => hasKnownYear(new Date(date))),
  name: 'Date',
  description:
    'A calendar date without a time zone: full-date of RFC 3339 §5.6, such as 2026-11-24. Years 0001 to 9999.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339#section-5.6',
})

function withKnownYears<Internal, External>(
  scalar: GraphQLScalarType<Internal, External>,
  isKnown: (value: Internal) => boolean,
) {
  const check = (value: Internal, nodes?: ValueNode): Internal => {
    if (isKnown(value)) return value
    // Without a code, like the errors of graphql-js: the caller adds the code and the field.
    throw new GraphQLError('The year must be between 0001 and 9999.', { nodes })
  }
  const config = scalar.toConfig()
  return {
    ...config,
    parseValue: (value: unknown) => check(config.parseValue(value)),
    parseLiteral: (node: ValueNode) => check(config.parseLiteral(node), node),
  }
}
