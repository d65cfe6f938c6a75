import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { readEnv, variableNames } from './env.ts'

const secret = 'a secret of thirty-two characters'
const production = {
  NODE_ENV: 'production',
  BETTER_AUTH_SECRET: secret,
  BETTER_AUTH_URL: 'https://tasks.example.com',
}

describe('readEnv', () => {
  it('has a default for every variable', () => {
    expect(readEnv({})).toEqual({
      isProduction: false,
      port: 4000,
      poolMax: 20,
      migrateAtStart: true,
      keepAliveSeconds: 5,
      shutdownDelaySeconds: 0,
      processes: 1,
      databaseUrl: undefined,
      secret: undefined,
      introspectionSecret: undefined,
      hasTraces: false,
      baseUrl: 'http://localhost:4000',
      trustedOrigins: ['http://localhost:4000', 'http://127.0.0.1:4000'],
      trashDays: 30,
      historyDays: 90,
      keyRotationDays: 90,
      keyGraceHours: 24,
      dataDir: '.data',
      trustedProxies: [],
      pointsPerMinute: 30_000,
      signUps: 'open',
      signUpsPerHour: 5_000,
      accessLog: true,
      logLevel: 'info',
    })
  })

  it('reads every variable', () => {
    const DATABASE_URL = 'postgres://ada:hush@db.example.com/taskward?sslmode=require'
    const given = {
      PORT: '80',
      HOST: '127.0.0.1',
      DATABASE_POOL_MAX: '8',
      MIGRATE_AT_START: 'false',
      KEEP_ALIVE_SECONDS: '65',
      SHUTDOWN_DELAY_SECONDS: '10',
      PROCESSES: 'auto',
      DATABASE_URL,
      TASKWARD_DATA_DIR: '/srv',
      SECURITY_CONTACT: 'mailto:security@example.com',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://localhost:4318',
      SIGN_UPS: 'invite',
      OIDC_ISSUER: 'https://id.example.com/',
      OIDC_CLIENT_ID: 'taskward',
      OIDC_CLIENT_SECRET: 'a secret',
      SMTP_URL: 'smtps://taskward:hush@mail.example.com',
      MAIL_FROM: 'Taskward <tasks@example.com>',
      ACCESS_LOG: 'off',
      LOG_LEVEL: 'warn',
    }
    const limits = { GRAPHQL_POINTS_PER_MINUTE: '0', SIGN_UPS_PER_HOUR: '9' }
    const keys = { JWKS_ROTATION_DAYS: '0.5', JWKS_GRACE_HOURS: '1' }
    const kept = { TRASH_DAYS: '7', HISTORY_DAYS: '365' }
    const TRUSTED_PROXIES = '10.0.0.0/8, ::1'
    expect(
      readEnv({ ...production, ...given, ...limits, ...keys, ...kept, TRUSTED_PROXIES }),
    ).toEqual({
      isProduction: true,
      port: 80,
      host: '127.0.0.1',
      poolMax: 8,
      migrateAtStart: false,
      keepAliveSeconds: 65,
      shutdownDelaySeconds: 10,
      processes: 'auto',
      databaseUrl: DATABASE_URL,
      secret,
      hasTraces: true,
      baseUrl: 'https://tasks.example.com',
      trustedOrigins: ['https://tasks.example.com'],
      trashDays: 7,
      historyDays: 365,
      keyRotationDays: 0.5,
      keyGraceHours: 1,
      dataDir: '/srv',
      trustedProxies: ['10.0.0.0/8', '::1'],
      pointsPerMinute: 0,
      signUps: 'invite',
      signUpsPerHour: 9,
      oidc: {
        issuer: 'https://id.example.com/', // as it is: tokens are compared with it
        clientId: 'taskward',
        clientSecret: 'a secret',
        name: 'id.example.com',
        scopes: ['openid', 'email', 'profile'],
      },
      smtp: {
        url: 'smtps://taskward:hush@mail.example.com',
        from: 'Taskward <tasks@example.com>',
      },
      securityContact: 'mailto:security@example.com',
      accessLog: false,
      logLevel: 'warn',
    })
  })

  it('treats an empty variable as unset', () => {
    const nothing = Object.fromEntries(variableNames.map((name) => [name, '']))
    expect(readEnv(nothing)).toEqual(readEnv({}))
  })

  it('uses PORT for the origin when BETTER_AUTH_URL is unset', () => {
    const { baseUrl, trustedOrigins } = readEnv({ PORT: '5000' })
    expect(baseUrl).toBe('http://localhost:5000')
    expect(trustedOrigins).toEqual(['http://localhost:5000', 'http://127.0.0.1:5000'])
  })

  it('brings BETTER_AUTH_URL into its canonical spelling, which tokens contain verbatim', () => {
    const { baseUrl } = readEnv({ BETTER_AUTH_URL: 'HTTPS://Tasks.example.com:443/' })
    expect(baseUrl).toBe('https://tasks.example.com')
  })

  it.each<[name: string, value: string]>([
    ['NODE_ENV', 'staging'],
    ['SECURITY_CONTACT', 'security@example.com'],
    ['PORT', '0'],
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '80.5'],
    ['PORT', 'http'],
    ['DATABASE_URL', 'mysql://db.example.com/taskward'],
    ['DATABASE_URL', 'db.example.com'],
    ['BETTER_AUTH_SECRET', 'a'.repeat(31)],
    ['BETTER_AUTH_URL', 'tasks.example.com'],
    ['BETTER_AUTH_URL', 'ftp://tasks.example.com'],
    ['BETTER_AUTH_URL', 'https://tasks.example.com/app'],
    ['BETTER_AUTH_URL', 'https://tasks.example.com/?a'],
    ['BETTER_AUTH_URL', 'https://ada:hush@tasks.example.com'],
    ['TRUSTED_PROXIES', 'all'],
    ['TRUSTED_PROXIES', '10.0.0.1,'],
    ['GRAPHQL_POINTS_PER_MINUTE', '-1'],
    ['GRAPHQL_POINTS_PER_MINUTE', 'many'],
    ['SIGN_UPS', 'none'],
    ['SIGN_UPS_PER_HOUR', '0.5'],
    ['TRASH_DAYS', '0'],
    ['HISTORY_DAYS', 'never'],
    ['JWKS_ROTATION_DAYS', '0'],
    ['JWKS_ROTATION_DAYS', 'never'],
    ['JWKS_GRACE_HOURS', '0.1'],
    ['METRICS_PORT', '0'],
    ['METRICS_TOKEN', 'a'.repeat(31)],
    ['METRICS_TOKEN', `${'a'.repeat(32)} b`],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'localhost:4318'],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc'],
    ['OTEL_TRACES_SAMPLER', 'some'],
    ['OTEL_TRACES_SAMPLER_ARG', '2'],
    ['ACCESS_LOG', 'no'],
    ['LOG_LEVEL', 'loud'],
  ])('refuses %s=%s', (name, value) => {
    expect(listFaults({ [name]: value })).toEqual([expect.stringMatching(`^  ${name} must `)])
  })

  it.each<[name: string, value: string]>([
    ['SMTP_URL', 'https://mail.example.com'],
    ['MAIL_FROM', 'Taskward'],
    ['MAIL_FROM', 'tasks@example.com\r\nBcc: bob@example.com'],
    ['MAIL_FROM', 'tasks@example.com, bob@example.com'],
  ])('refuses %s=%s beside a valid other variable of mail', (name, value) => {
    const mail = { SMTP_URL: 'smtp://localhost', MAIL_FROM: 'tasks@example.com' }
    expect(listFaults({ ...mail, [name]: value })).toEqual([
      expect.stringMatching(`^  ${name} must `),
    ])
  })

  it('requires the two variables of mail together', () => {
    expect(listFaults({ SMTP_URL: 'smtp://localhost' })).toEqual([
      '  MAIL_FROM is required with SMTP_URL',
    ])
    expect(listFaults({ MAIL_FROM: 'tasks@example.com' })).toEqual([
      '  SMTP_URL is required with MAIL_FROM',
    ])
  })

  it('requires the three variables of the OpenID provider together', () => {
    expect(listFaults({ OIDC_ISSUER: 'https://id.example.com' })).toEqual([
      '  OIDC_CLIENT_ID is required with OIDC_ISSUER',
      '  OIDC_CLIENT_SECRET is required with OIDC_ISSUER',
    ])
  })

  it.each<[string, string]>([
    ['OIDC_ISSUER', 'http://id.example.com'],
    ['OIDC_ISSUER', 'id.example.com'],
    ['OIDC_NAME', 'a'.repeat(41)],
    ['OIDC_SCOPES', 'email profile'],
  ])('refuses %s=%s of the OpenID provider', (name, value) => {
    const oidc = {
      OIDC_ISSUER: 'https://id.example.com',
      OIDC_CLIENT_ID: 'taskward',
      OIDC_CLIENT_SECRET: 'a secret',
      [name]: value,
    }
    expect(listFaults(oidc)).toEqual([expect.stringMatching(`^  ${name} must `)])
  })

  it('reports all faults together, without their values', () => {
    const source = {
      NODE_ENV: 'hush-1',
      PORT: 'hush-2',
      DATABASE_URL: 'mysql://ada:hush-3@db.example.com',
      BETTER_AUTH_SECRET: 'hush-4',
      BETTER_AUTH_URL: 'https://ada:hush-5@tasks.example.com',
      LOG_LEVEL: 'hush-6',
    }
    const faults = listFaults(source)
    expect(faults.map((fault) => fault.trim().split(' ')[0])).toEqual(Object.keys(source))
    expect(faults.join()).not.toContain('hush')
  })

  it.each(['BETTER_AUTH_SECRET', 'BETTER_AUTH_URL'])('requires %s in production', (name) => {
    expect(listFaults({ ...production, [name]: undefined })).toEqual([
      `  ${name} is required in production`,
    ])
  })

  it('reports all variables that are missing in production', () => {
    expect(listFaults({ NODE_ENV: 'production' })).toHaveLength(2)
  })
})

describe('.env.example', () => {
  it('has exactly the variables that are read', async () => {
    expect(Object.keys(await readExample()).sort()).toEqual([...variableNames].sort())
  })

  it('has the defaults', async () => {
    expect(readEnv(await readExample())).toEqual(readEnv({}))
  })
})

/** One line for each fault, without the first line of the error. */
function listFaults(source: Record<string, string | undefined>): string[] {
  try {
    readEnv(source)
    return []
  } catch (error) {
    return String(error).split('\n').slice(1)
  }
}

async function readExample(): Promise<Record<string, string>> {
  const text = await readFile(new URL('../.env.example', import.meta.url), 'utf8')
  return Object.fromEntries(
    [...text.matchAll(/^(\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]),
  )
}
