/**
 * Who makes a change. `id` is stable: that of the user, the access token or the client of an app.
 * `name` is what it is called at the time of the change. Undefined: that of the user, which the
 * database reads in the same transaction (`actor_name` of migration 0013).
 */
export type Actor = { kind: 'PERSON' | 'ACCESS_TOKEN' | 'APP'; id: string; name?: string }
