import { GraphQLError, GraphQLScalarType, type ValueNode } from 'graphql'
import { GraphQLDateTimeISO, GraphQLLocalDate } from 'graphql-scalars'

/** The years that RFC 3339 and Postgres both know. */
function hasKnownYear(date: Date): boolean {
  return date.getUTCFullYear() >= 1 && date.getUTCFullYear() <= 9999
}

export const DateTime = new GraphQLScalarType<Date, string>({
  ...withKnownYears(GraphQLDateTimeISO, (date) => hasKnownYear(date)),
  name: 'DateTime',
  description:
    'A moment: date-time of RFC 3339 §5.6. Answers are in UTC, end in Z and have milliseconds, such as 2026-11-24T09:30:00.000Z.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339#section-5.6',
})

export const LocalDate = new GraphQLScalarType<string, string>({
  ...withKnownYears(GraphQLLocalDate, (date) => hasKnownYear(new Date(date))),
  name: 'Date',
  description:
    'A day of the calendar without a time zone: full-date of RFC 3339 §5.6, such as 2026-11-24. Years 0001 to 9999.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339#section-5.6',
})

function withKnownYears<Internal, External>(
  scalar: GraphQLScalarType<Internal, External>,
  isKnown: (value: Internal) => boolean,
) {
  const check = (value: Internal, nodes?: ValueNode): Internal => {
    if (isKnown(value)) return value
    // Without a code, as GraphQL's own: whoever answers it then adds the name of the field.
    throw new GraphQLError('The year must be between 0001 and 9999.', { nodes })
  }
  const config = scalar.toConfig()
  return {
    ...config,
    parseValue: (value: unknown) => check(config.parseValue(value)),
    parseLiteral: (node: ValueNode) => check(config.parseLiteral(node), node),
  }
}
