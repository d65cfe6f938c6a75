/**
 * Who makes a change. `id` is stable: that of the user, the access token or the client of an app.
 * `name` is what it is called at the time of the change.
 */
export type Actor = { kind: 'PERSON' | 'ACCESS_TOKEN' | 'APP'; id: string; name: string }
