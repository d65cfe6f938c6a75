import { createHmac, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { type Account, type App, encodePart, signPart } from './app.ts'

/** Keys that the app does not know. */
export const otherKeys = {
  ed25519: generateKeyPairSync('ed25519').privateKey,
  rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
  p256: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
}
export const otherJwk = createPublicKey(otherKeys.ed25519).export({ format: 'jwk' })

export const now = () => Math.floor(Date.now() / 1000)
export const bearer = (token: string) => `Bearer ${token}`

export type Forge = ReturnType<typeof createForge>

/** Makes good and bad tokens of an app. Ada is a user whose session and claims they may contain. */
export function createForge({ signToken: sign, signingKey, url }: App, ada: Account) {
  const { kid, privateKey } = signingKey
  const publicKey = createPublicKey(privateKey)

  /** The three parts of a good token. */
  function parts(): [header: string, payload: string, signature: string] {
    const [header = '', payload = '', signature = ''] = sign().split('.')
    return [header, payload, signature]
  }

  function signedPayload(payload: string): string {
    const signed = `${parts()[0]}.${Buffer.from(payload).toString('base64url')}`
    return `${signed}.${signPart(signed, privateKey)}`
  }

  return {
    ada,
    kid,
    url,
    sign,
    parts,
    signedPayload,

    signedHeader(header: string): string {
      const signed = `${Buffer.from(header).toString('base64url')}.${parts()[1]}`
      return `${signed}.${signPart(signed, privateKey)}`
    },

    /** JSON has no infinity, but JSON.parse reads 1e400 as Infinity. */
    withInfiniteExp(): string {
      const claims = Buffer.from(parts()[1], 'base64url').toString()
      return signedPayload(claims.replace(/"exp":\d+/, '"exp":1e400'))
    },

    publicPem: () => publicKey.export({ format: 'pem', type: 'spki' }).toString(),

    /** Algorithm confusion: HMAC with the public key from /api/auth/jwks as the secret. */
    hmacToken(secretOf: (jwk: object) => string): string {
      const jwk = publicKey.export({ format: 'jwk' })
      const signed = `${encodePart({ alg: 'HS256', kid })}.${parts()[1]}`
      return `${signed}.${createHmac('sha256', secretOf(jwk)).update(signed).digest('base64url')}`
    },
  }
}
