import { onTestFinished } from 'vitest'
import { type DatabaseProxy, startProxy } from '#db/testing/proxy.ts'
import { type App, startApp } from './app.ts'

/** Starts an app whose connections to the database the test can cut, and closes it with the test. */
export async function startProxied(): Promise<{ app: App; proxy: DatabaseProxy }> {
  let proxy: DatabaseProxy | undefined
  const wayTo = async (url: string) => {
    proxy = await startProxy(url)
    return proxy.url
  }
  const app = await startApp({ wayTo })
  if (!proxy) throw new Error('The app did not use wayTo.')
  const { mend, close } = proxy
  onTestFinished(async () => {
    mend()
    await app.close()
    close()
  })
  return { app, proxy }
}
