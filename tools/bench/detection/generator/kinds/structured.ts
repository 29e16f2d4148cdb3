import { type Bundle, plantedSetting } from '../credential.ts'
import { type Random, BASE64URL, HEX } from '../random.ts'
import { domain, humanPassword, serviceName, userName, uuid } from '../words.ts'
import { checkedToken } from './checksums.ts'
import { ed25519Pem, opensshKey, rsaPem } from './keys.ts'

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A signed JWT with plausible claims. */
export function jwt(random: Random, claims: object, algorithm = 'HS256'): string {
  const length = algorithm === 'HS256' ? 43 : 342
  return `${part({ alg: algorithm, typ: 'JWT', ...(algorithm === 'RS256' ? { kid: random.text(HEX, 16) } : {}) })}.${part(claims)}.${random.text(BASE64URL, length)}`
}

/** The token of a legacy ServiceAccount Secret. */
export function serviceAccountJwt(random: Random, namespace: string, name: string, secretName: string): string {
  const claims = {
    iss: 'kubernetes/serviceaccount',
    'kubernetes.io/serviceaccount/namespace': namespace,
    'kubernetes.io/serviceaccount/secret.name': secretName,
    'kubernetes.io/serviceaccount/service-account.name': name,
    'kubernetes.io/serviceaccount/service-account.uid': uuid(random),
    sub: `system:serviceaccount:${namespace}:${name}`,
  }
  return jwt(random, claims, 'RS256')
}

export function jwtBundle(random: Random, credential: string): Bundle {
  const now = 1_700_000_000 + random.int(0, 50_000_000)
  const claims = {
    iss: `https://auth.${domain(random)}`,
    sub: random.pick([uuid(random), serviceName(random)]),
    iat: now,
    ...(random.chance(0.7) ? { exp: now + 3600 * 24 * random.int(30, 3650) } : {}),
  }
  const name = random.pick(['access-token', 'service-token', 'auth-token', 'bearer-token', 'supabase-service-role-key', 'license-token', 'jwt'])
  return {
    type: 'jwt',
    settings: [plantedSetting([...random.pick([[], [serviceName(random)]]), name], jwt(random, claims), { type: 'jwt', provider: '', credential })],
  }
}

export function privateKeyBundle(random: Random, credential: string): Bundle {
  const [names, text] = random.weighted<readonly [readonly string[], () => string]>([
    [3, [['tls-key', 'private-key', 'server-key', 'signing-key'], () => ed25519Pem(random)]],
    [2, [['private-key', 'jwt-private-key', 'saml-key', 'key-pem'], () => rsaPem(random, random.pick(['PKCS1', 'PKCS8']))]],
    [2, [['ssh-private-key', 'deploy-key', 'git-ssh-key', 'id-ed25519'], () => opensshKey(random, `deploy@${domain(random)}`).privateKey]],
  ])
  const value = text()
  return {
    type: 'private-key',
    settings: [plantedSetting([random.pick(names)], value, { type: 'private-key', provider: '', credential }, { end: value.trimEnd().length })],
  }
}

/** Basic and bearer headers: probes, proxy configuration, scrape settings. */
export function headerBundle(random: Random, credential: string): Bundle {
  const name = random.pick(['authorization', 'authorization', 'proxy-authorization', 'x-authorization', 'auth-header'])
  if (random.chance(0.5)) {
    const password = humanPassword(random)
    const encoded = Buffer.from(`${userName(random)}:${password}`).toString('base64')
    const place = { start: 'Basic '.length, value: password }
    return { type: 'basic-auth', settings: [plantedSetting([name], `Basic ${encoded}`, { type: 'basic-auth', provider: '', credential }, place)] }
  }
  const [type, token] = random.weighted([
    [3, ['bearer-token', random.text(BASE64URL, random.pick([24, 32, 43, 64]))]],
    [2, ['bearer-token', random.text(HEX, random.pick([32, 40, 64]))]],
    [2, ['jwt', jwt(random, { sub: serviceName(random), iat: 1_700_000_000 })]],
    [1, ['github-token', checkedToken(random, 'ghp_', 30)]],
  ])
  const scheme = random.pick(['Bearer ', 'Bearer ', 'bearer ', 'Token '])
  return { type, settings: [plantedSetting([name], `${scheme}${token}`, { type, provider: '', credential }, { start: scheme.length })] }
}

/** Signing and encryption secrets of an application's own: random text that only its name tells. */
export function applicationSecretBundle(random: Random, credential: string): Bundle {
  const name = random.pick([
    'secret-key',
    'secret-key-base',
    'jwt-secret',
    'session-secret',
    'cookie-secret',
    'encryption-key',
    'app-key',
    'signing-secret',
    'hmac-secret',
    'csrf-secret',
    'client-secret',
    'auth-secret',
    'nextauth-secret',
    'django-secret-key',
    'api-token',
    'webhook-token',
    'internal-token',
    'master-key',
    'license-key',
    'fernet-key',
    'erlang-cookie',
    'app-secret',
    'shared-secret',
    'access-token',
    'refresh-token',
  ])
  const text = random.weighted<() => string>([
    [4, () => random.text(HEX, random.pick([32, 40, 64, 64, 128]))],
    [3, () => random.bytes(random.pick([24, 32, 48])).toString('base64')],
    [2, () => `base64:${random.bytes(32).toString('base64')}`],
    [3, () => random.text(BASE64URL, random.pick([16, 20, 32, 43, 50]))],
    [1, () => random.text('abcdefghijklmnopqrstuvwxyz0123456789!@#$%^&*(-_=+)', 50)],
    [1, () => uuid(random)],
  ])()
  const start = text.startsWith('base64:') ? 'base64:'.length : 0
  const path = [...random.pick([[], [], ['app'], ['auth'], ['security', 'jwt'], [serviceName(random)], ['oauth2', 'google']]), name]
  return {
    type: 'app-secret',
    settings: [plantedSetting(path, text, { type: 'app-secret', provider: '', credential }, { start: 0, value: text.slice(start) })],
  }
}
