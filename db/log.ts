/** The methods of a pino logger that db/ uses. */
export type Log = Record<'info' | 'warn' | 'error', (fields: object, message: string) => void>
