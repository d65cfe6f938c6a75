/** The part of a pino logger that this room writes to. */
export type Log = Record<'info' | 'warn' | 'error', (fields: object, message: string) => void>
