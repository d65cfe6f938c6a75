import { randomUUID } from 'node:crypto'
import { encodePart } from './app.ts'
import { bearer, type Forge, now, otherKeys as other, otherJwk } from './forge.ts'

/** The Authorization header of each bad credential. */
type Bad = [fault: string, authorization: (forge: Forge) => string]

const badAlgorithms: Bad[] = [
  [
    'alg none without signature',
    ({ parts }) => bearer(`${encodePart({ alg: 'none' })}.${parts()[1]}.`),
  ],
  ['alg none with our kid and signature', ({ sign }) => bearer(sign({}, { alg: 'none' }))],
  ['alg NoNe', ({ sign }) => bearer(sign({}, { alg: 'NoNe' }))],
  ['no alg', ({ sign }) => bearer(sign({}, { alg: undefined }))],
  ['alg as a number', ({ sign }) => bearer(sign({}, { alg: 1 }))],
  ['alg in another case', ({ sign }) => bearer(sign({}, { alg: 'eddsa' }))],
  ['alg HS256 with the public JWK', ({ hmacToken }) => bearer(hmacToken(JSON.stringify))],
  ['alg HS256 with the public PEM', ({ hmacToken, publicPem }) => bearer(hmacToken(publicPem))],
  ['alg HS256 with the x of the key', ({ hmacToken }) => bearer(hmacToken((jwk) => Object(jwk).x))],
  ['alg HS256 with no secret', ({ hmacToken }) => bearer(hmacToken(() => ''))],
  ['alg RS256', ({ sign }) => bearer(sign({}, { alg: 'RS256' }, other.rsa))],
  ['alg ES256', ({ sign }) => bearer(sign({}, { alg: 'ES256' }, other.p256))],
  ['alg RS256 over our signature', ({ sign }) => bearer(sign({}, { alg: 'RS256' }))],
  ['alg Ed25519, the other name of ours', ({ sign }) => bearer(sign({}, { alg: 'Ed25519' }))],
  ['alg null', ({ sign }) => bearer(sign({}, { alg: null }))],
  ['alg in an array', ({ sign }) => bearer(sign({}, { alg: ['EdDSA'] }))],
  ['alg twice', ({ signedHeader }) => bearer(signedHeader('{"alg":"none","alg":"none"}'))],
]

const badKeys: Bad[] = [
  ['another key under our kid', ({ sign }) => bearer(sign({}, {}, other.ed25519))],
  ['another key without kid', ({ sign }) => bearer(sign({}, { kid: undefined }, other.ed25519))],
  ['an unknown kid', ({ sign }) => bearer(sign({}, { kid: randomUUID() }))],
  ['a kid that is a path', ({ sign }) => bearer(sign({}, { kid: '../../../../dev/null' }))],
  ['a kid that is SQL', ({ sign }) => bearer(sign({}, { kid: "' or '1'='1" }))],
  ['a kid that is a number', ({ sign }) => bearer(sign({}, { kid: 7 }))],
  ['its own key in jwk', ({ sign }) => bearer(sign({}, { jwk: otherJwk }, other.ed25519))],
  [
    'its own key in jwk, without kid',
    ({ sign }) => bearer(sign({}, { kid: undefined, jwk: otherJwk }, other.ed25519)),
  ],
  ['jku', ({ sign }) => bearer(sign({}, { jku: 'http://localhost:1/jwks' }, other.ed25519))],
  ['x5u', ({ sign }) => bearer(sign({}, { x5u: 'http://localhost:1/cert' }, other.ed25519))],
  ['x5c', ({ sign }) => bearer(sign({}, { x5c: ['MIIB'] }, other.ed25519))],
  ['an unknown crit', ({ sign }) => bearer(sign({}, { crit: ['of'], of: 'us' }))],
  ['an empty crit', ({ sign }) => bearer(sign({}, { crit: [] }))],
  ['crit of a claim', ({ sign }) => bearer(sign({}, { crit: ['exp'], exp: now() + 900 }))],
  ['an empty kid', ({ sign }) => bearer(sign({}, { kid: '' }))],
  ['a kid with a null character', ({ sign, kid }) => bearer(sign({}, { kid: `${kid}\0` }))],
  ['a kid in an array', ({ sign, kid }) => bearer(sign({}, { kid: [kid] }, other.ed25519))],
  ['a kid of 10 KB', ({ sign }) => bearer(sign({}, { kid: 'k'.repeat(10_000) }))],
  [
    'a kid that is a property of every object',
    ({ sign }) => bearer(sign({}, { kid: '__proto__' }, other.ed25519)),
  ],
  [
    'a key of another kind under our kid',
    ({ sign }) => bearer(sign({}, { kty: 'oct' }, other.p256)),
  ],
  [
    'a private jwk',
    ({ sign }) => bearer(sign({}, { jwk: { ...otherJwk, d: 'AA' } }, other.ed25519)),
  ],
  ['an unencoded payload', ({ sign }) => bearer(sign({}, { crit: ['b64'], b64: false }))],
]

const badClaims: Bad[] = [
  ['no sub', ({ sign }) => bearer(sign({ sub: undefined }))],
  ['an empty sub', ({ sign }) => bearer(sign({ sub: '' }))],
  ['sub null', ({ sign }) => bearer(sign({ sub: null }))],
  ['a number as sub', ({ sign }) => bearer(sign({ sub: 7 }))],
  ['an array as sub', ({ ada, sign }) => bearer(sign({ sub: [ada.id] }))],
  ['a null character in sub', ({ sign }) => bearer(sign({ sub: 'a\0b' }))],
  ['a lone surrogate in sub', ({ sign }) => bearer(sign({ sub: '\ud800' }))],
  ['an object as sub', ({ ada, sign }) => bearer(sign({ sub: { id: ada.id } }))],
  ['a boolean as sub', ({ sign }) => bearer(sign({ sub: true }))],
  ['an infinite exp', ({ withInfiniteExp }) => bearer(withInfiniteExp())],
  ['an object as exp', ({ sign }) => bearer(sign({ exp: { at: now() + 900 } }))],
  ['an empty sid', ({ sign }) => bearer(sign({ sid: '' }))],
  ['a number as sid', ({ sign }) => bearer(sign({ sid: 7 }))],
  ['iss in capitals', ({ sign, url }) => bearer(sign({ iss: url.toUpperCase() }))],
  ['aud null', ({ sign }) => bearer(sign({ aud: null }))],
  ['a number among the aud', ({ sign }) => bearer(sign({ aud: [7] }))],
  ['iat null', ({ sign }) => bearer(sign({ iat: null }))],
  ['no exp', ({ sign }) => bearer(sign({ exp: undefined }))],
  ['exp null', ({ sign }) => bearer(sign({ exp: null }))],
  ['text as exp', ({ sign }) => bearer(sign({ exp: String(now() + 900) }))],
  ['expired 6 seconds ago', ({ sign }) => bearer(sign({ exp: now() - 6 }))],
  ['expired a year ago', ({ sign }) => bearer(sign({ exp: now() - 31_536_000 }))],
  ['a negative exp', ({ sign }) => bearer(sign({ exp: -1 }))],
  ['no iat', ({ sign }) => bearer(sign({ iat: undefined }))],
  ['text as iat', ({ sign }) => bearer(sign({ iat: String(now()) }))],
  ['iat in the future', ({ sign }) => bearer(sign({ iat: now() + 60 }))],
  ['nbf in the future', ({ sign }) => bearer(sign({ nbf: now() + 60 }))],
  ['text as nbf', ({ sign }) => bearer(sign({ nbf: 'now' }))],
  ['no iss', ({ sign }) => bearer(sign({ iss: undefined }))],
  ['another iss', ({ sign }) => bearer(sign({ iss: 'https://tasks.example.com' }))],
  ['our iss with a slash', ({ sign, url }) => bearer(sign({ iss: `${url}/` }))],
  ['our iss in an array', ({ sign, url }) => bearer(sign({ iss: [url] }))],
  ['no aud', ({ sign }) => bearer(sign({ aud: undefined }))],
  ['another aud', ({ sign }) => bearer(sign({ aud: 'https://tasks.example.com' }))],
  ['our aud with a suffix', ({ sign, url }) => bearer(sign({ aud: `${url}.example.com` }))],
  [
    'an aud of other servers',
    ({ sign }) => bearer(sign({ aud: ['https://a.example', 'https://b.example'] })),
  ],
  ['an empty aud', ({ sign }) => bearer(sign({ aud: [] }))],
  ['an object as aud', ({ sign, url }) => bearer(sign({ aud: { [url]: true } }))],
]

const badKinds: Bad[] = [
  'id_token+jwt',
  'logout+jwt',
  'dpop+jwt',
  'secevent+jwt',
  'token-introspection+jwt',
  'oauth-authz-req+jwt',
  'kb+jwt',
  'JOSE',
  'JWE',
  '',
  7,
  ['JWT'],
].map((typ) => [`typ ${JSON.stringify(typ)}`, ({ sign }) => bearer(sign({}, { typ }))])

const badShapes: Bad[] = [
  ['nothing after Bearer', () => 'Bearer'],
  ['a space after Bearer', () => 'Bearer '],
  ['one dot', () => bearer('.')],
  ['two dots', () => bearer('..')],
  ['plain words', () => bearer('let me in')],
  ['the word null', () => bearer('null')],
  [
    'a session cookie as token',
    ({ ada }) => bearer(decodeURIComponent(ada.cookie.split('=')[1] ?? '')),
  ],
  ['no signature', ({ parts }) => bearer(parts().slice(0, 2).join('.'))],
  ['an empty signature', ({ parts }) => bearer(parts().with(2, '').join('.'))],
  ['a signature cut short', ({ sign }) => bearer(sign().slice(0, -2))],
  ['a signature of zeros', ({ parts }) => bearer(parts().with(2, 'A'.repeat(86)).join('.'))],
  ['padding', ({ sign }) => bearer(`${sign()}==`)],
  ['a fourth part', ({ sign, parts }) => bearer(`${sign()}.${parts()[2]}`)],
  ['an empty first part', ({ sign }) => bearer(`.${sign()}`)],
  ['five parts, as a JWE', ({ parts }) => bearer(`${parts().join('.')}.AAAA.AAAA`)],
  [
    'a changed payload',
    ({ ada, parts }) =>
      bearer(
        parts()
          .with(1, encodePart({ sub: ada.id }))
          .join('.'),
      ),
  ],
  ['a payload that is a string', ({ signedPayload }) => bearer(signedPayload('"ada"'))],
  ['a payload that is an array', ({ signedPayload }) => bearer(signedPayload('[]'))],
  ['a payload that is not JSON', ({ signedPayload }) => bearer(signedPayload('{'))],
  ['a header that is not JSON', ({ parts }) => bearer(parts().with(0, 'AAAA').join('.'))],
  ['the token twice', ({ sign }) => bearer(`${sign()} ${sign()}`)],
  ['the token twice, with a comma', ({ sign }) => `${bearer(sign())}, ${bearer(sign())}`],
  ['Basic', ({ ada }) => `Basic ${Buffer.from(`${ada.email}:${ada.password}`).toString('base64')}`],
  ['a good token with the scheme Basic', ({ sign }) => `Basic ${sign()}`],
  ['a good token with another scheme', ({ sign }) => `Token ${sign()}`],
  ['a good token without a scheme', ({ sign }) => sign()],
  ['a good token in quotes', ({ sign }) => bearer(`"${sign()}"`)],
  ['base64 instead of base64url', ({ sign }) => bearer(sign().replace('.', '+.'))],
  ['a line break in it', ({ sign }) => bearer(sign().replace('.', '%0A.'))],
  ['an extra byte in the signature', ({ sign }) => bearer(`${sign()}AA`)],
  ['a payload that is empty', ({ signedPayload }) => bearer(signedPayload(''))],
  ['a payload that is null', ({ signedPayload }) => bearer(signedPayload('null'))],
  ['a payload that is a number', ({ signedPayload }) => bearer(signedPayload('7'))],
  [
    'two JSON objects as payload',
    ({ signedPayload }) => bearer(signedPayload('{"sub":"a"}{"sub":"b"}')),
  ],
  ['a payload that is not UTF-8', ({ signedPayload }) => bearer(signedPayload('{"sub":"\xff'))],
  ['a header that is an array', ({ signedHeader }) => bearer(signedHeader('[]'))],
  ['a header that is null', ({ signedHeader }) => bearer(signedHeader('null'))],
  [
    'a header of a JWE with zip',
    ({ signedHeader }) => bearer(signedHeader('{"alg":"dir","enc":"A256GCM","zip":"DEF"}')),
  ],
  ['10,000 letters', () => bearer('A'.repeat(10_000))],
]

/** Every kind of credential that must be refused. */
export const badCredentials = [
  ...badAlgorithms,
  ...badKeys,
  ...badClaims,
  ...badKinds,
  ...badShapes,
]
