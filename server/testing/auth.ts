import { connect } from '#db/client.ts'
import { createAuth } from '../accounts/auth.ts'
import { createLog, type Logger } from '../log/log.ts'
import type { App } from './app.ts'

const silence = createLog({ isProduction: true, logLevel: 'silent' })
export const keyTimes = { keyRotationDays: 90, keyGraceHours: 24 }

export const keptDays = { trashDays: 30, historyDays: 90 }

/** Another Better Auth on the app's database, to be called without HTTP. */
export function authBeside({ databaseUrl, secret, url: baseUrl }: App, log: Logger = silence) {
  const { db, pool, close } = connect(databaseUrl, log)
  const limits = { trustedOrigins: [], signUpsPerHour: 0 }
  const auth = createAuth({ db, pool, secret, baseUrl, log, ...limits, ...keyTimes })
  return { auth, db, pool, close }
}

/** Lists every route of the installed Better Auth and its plugins. */
export async function listAuthRoutes(app: App): Promise<{ method: string; path: string }[]> {
  const { auth, close } = authBeside(app)
  await auth.$context
  await close()
  return Object.values<Endpoint>(auth.api).flatMap(({ path, options: { method = 'GET' } }) =>
    path ? [method].flat().map((one) => ({ method: one, path })) : [],
  )
}

type Endpoint = { path?: string; options: { method?: string | string[] } }
