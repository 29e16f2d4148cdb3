/** A private key (PKCS#8, DER) as PEM (RFC 7468): for Envoy, and for the agent's own channel. */
export function privateKeyToPem(key: Uint8Array): string {
  const base64 = Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('base64')
  return `-----BEGIN PRIVATE KEY-----\n${base64.replaceAll(/(.{64})(?=.)/g, '$1\n')}\n-----END PRIVATE KEY-----\n`
}
