/**
 * The key file of a scanner and the assertion that it signs. WebCrypto only, so that it runs wherever a scanner does.
 * The file is a PKCS #8 PEM with two lines of text before it (RFC 7468 section 5.2 allows such text), so that one file is all a scanner needs.
 */
export interface ScannerKeyFile {
  readonly integrationId: string
  readonly keyId: string
  readonly privateKeyPem: string
}

/** The `aud` that every control plane accepts. */
export const ASSERTION_AUDIENCE = 'mintmark'

/** Seconds that an assertion of ours lives: enough for one request and some skew of clocks. */
const ASSERTION_LIFE_SECONDS = 60

/** Text of a key file. */
export function formatScannerKey(key: ScannerKeyFile): string {
  return `Mintmark-Integration: ${key.integrationId}\nMintmark-Key-Id: ${key.keyId}\n${key.privateKeyPem.trim()}\n`
}

/** Reads a key file; undefined when it is not one. The text is never part of an error, because it holds a key. */
export function parseScannerKey(text: string): ScannerKeyFile | undefined {
  const integrationId = /^Mintmark-Integration: ([\w-]{1,64})\r?$/m.exec(text)?.[1]
  const keyId = /^Mintmark-Key-Id: ([\w-]{1,64})\r?$/m.exec(text)?.[1]
  const pem = /-----BEGIN PRIVATE KEY-----[A-Za-z0-9+/=\s]{1,400}-----END PRIVATE KEY-----/.exec(text)?.[0]
  if (integrationId === undefined || keyId === undefined || pem === undefined) return undefined
  return { integrationId, keyId, privateKeyPem: pem }
}

/** A signed assertion for `createScannerToken`, good for one use within a minute. */
export async function signAssertion(key: ScannerKeyFile, now: Date): Promise<string> {
  const der = Uint8Array.fromBase64(key.privateKeyPem.replaceAll(/-----[A-Z ]+-----|\s/g, ''))
  const signer = await crypto.subtle.importKey('pkcs8', der, 'Ed25519', false, ['sign'])
  const issuedAt = Math.floor(now.getTime() / 1000)
  const claims = { iss: key.integrationId, aud: ASSERTION_AUDIENCE, iat: issuedAt, exp: issuedAt + ASSERTION_LIFE_SECONDS, jti: crypto.randomUUID() }
  const signed = `${encodeSegment({ alg: 'EdDSA', typ: 'JWT', kid: key.keyId })}.${encodeSegment(claims)}`
  const signature = new Uint8Array(await crypto.subtle.sign('Ed25519', signer, new TextEncoder().encode(signed)))
  return `${signed}.${signature.toBase64({ alphabet: 'base64url', omitPadding: true })}`
}

function encodeSegment(value: object): string {
  return new TextEncoder().encode(JSON.stringify(value)).toBase64({ alphabet: 'base64url', omitPadding: true })
}
