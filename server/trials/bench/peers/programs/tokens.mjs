import { createLocalJWKSet, jwtVerify } from 'jose'

const { ISSUER, JWKS } = process.env
const keys = createLocalJWKSet(JSON.parse(JWKS))

/** The claims of a valid token. @throws for any other. */
export async function verify(token) {
  const options = { issuer: ISSUER, audience: ISSUER, algorithms: ['EdDSA'] }
  const { payload } = await jwtVerify(token, keys, options)
  return payload
}

export function bearerToken(authorization) {
  return authorization?.startsWith('Bearer ') ? authorization.slice(7) : undefined
}

const remembered = new Map()

/** The owner of a valid token, else undefined. A signature is verified once until the token expires. */
export async function findOwner(authorization) {
  const known = remembered.get(authorization)
  if (known && known.exp * 1000 > Date.now()) return known.sub
  const token = bearerToken(authorization)
  const claims = token && (await verify(token).catch(() => undefined))
  if (claims) remembered.set(authorization, claims)
  return claims?.sub
}
