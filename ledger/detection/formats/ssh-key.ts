import { createHash, createPublicKey } from 'node:crypto'

const MAGIC = Buffer.from('openssh-key-v1\0', 'latin1')
const CURVES: Readonly<Record<string, { readonly crv: string; readonly bytes: number }>> = {
  nistp256: { crv: 'P-256', bytes: 32 },
  nistp384: { crv: 'P-384', bytes: 48 },
  nistp521: { crv: 'P-521', bytes: 66 },
}

/** Reads the length-prefixed strings of RFC 4251; every read is bounded by the buffer. */
class SshReader {
  readonly #bytes: Buffer
  #at: number

  constructor(bytes: Buffer, at = 0) {
    this.#bytes = bytes
    this.#at = at
  }

  string(): Buffer | undefined {
    const length = this.number()
    if (length === undefined || this.#at + length > this.#bytes.length) return undefined
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  number(): number | undefined {
    if (this.#at + 4 > this.#bytes.length) return undefined
    this.#at += 4
    return this.#bytes.readUInt32BE(this.#at - 4)
  }
}

/**
 * The public key of an OpenSSH private key file, which stands in clear even when the private half is under a passphrase.
 *
 * @see OpenSSH PROTOCOL.key
 */
export function publicBlobOfOpenSsh(bytes: Buffer): { readonly blob: Buffer; readonly algorithm: string; readonly encrypted: boolean } | undefined {
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) return undefined
  const reader = new SshReader(bytes, MAGIC.length)
  const cipher = reader.string()
  reader.string()
  reader.string()
  if (cipher === undefined || reader.number() !== 1) return undefined
  const blob = reader.string()
  if (blob === undefined) return undefined
  const algorithm = new SshReader(blob).string()?.toString('latin1') ?? 'unknown'
  return { blob, algorithm: algorithm.slice(0, 64), encrypted: cipher.toString('latin1') !== 'none' }
}

/** SHA-256 of the SubjectPublicKeyInfo of an SSH public key (RFC 4253, 5656, 8709); undefined for kinds that certificates do not have. */
export function spkiIdOfSshBlob(blob: Buffer): string | undefined {
  const jwk = jwkOf(new SshReader(blob))
  if (jwk === undefined) return undefined
  try {
    return createHash('sha256')
      .update(createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'der' }))
      .digest('hex')
  } catch {
    return undefined
  }
}

function jwkOf(reader: SshReader): Record<string, string> | undefined {
  const algorithm = reader.string()?.toString('latin1')
  const first = reader.string()
  if (first === undefined) return undefined
  if (algorithm === 'ssh-ed25519') return { kty: 'OKP', crv: 'Ed25519', x: first.toString('base64url') }
  const second = reader.string()
  if (second === undefined) return undefined
  if (algorithm === 'ssh-rsa') return { kty: 'RSA', e: first.toString('base64url'), n: (second[0] === 0 ? second.subarray(1) : second).toString('base64url') }
  const curve = CURVES[first.toString('latin1')]
  if (curve === undefined || second.length !== 1 + 2 * curve.bytes) return undefined
  return { kty: 'EC', crv: curve.crv, x: second.subarray(1, 1 + curve.bytes).toString('base64url'), y: second.subarray(1 + curve.bytes).toString('base64url') }
}
