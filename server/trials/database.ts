import { type EmbeddedOptions, startEmbedded } from '#db/embedded/embedded.ts'
import { closeLater } from './closing.ts'

/** An embedded PostgreSQL that also ends when the trial is ended by a signal. */
export async function startDatabase(options: EmbeddedOptions) {
  const postgres = await startEmbedded(options)
  closeLater(postgres.stop)
  return postgres
}
