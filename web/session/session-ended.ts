/** Thrown when a token is needed and the account has no session. */
export class SessionEnded extends Error {
  override readonly name = 'SessionEnded'
  constructor() {
    super('The session has ended.')
  }
}
