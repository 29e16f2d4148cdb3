import { checkPrimeSync, createPrivateKey, createPublicKey, sign } from 'node:crypto'
import type { Random } from '../random.ts'

/** DER, only what keys and certificates need. */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  if (body.length < 128) return Buffer.concat([Buffer.from([tag, body.length]), body])
  const length = body.length.toString(16)
  const bytes = Buffer.from(length.length % 2 === 0 ? length : `0${length}`, 'hex')
  return Buffer.concat([Buffer.from([tag, 0x80 | bytes.length]), bytes, body])
}

function derInteger(value: bigint): Buffer {
  const hex = value.toString(16)
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
  return der(2, (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes)
}

const ED25519 = der(0x30, Buffer.from('06032b6570', 'hex'))
const RSA = der(0x30, Buffer.from('06092a864886f70d0101010500', 'hex'))

/** PEM armour in lines of 64 characters. */
export function pem(label: string, body: Buffer): string {
  const lines = body.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}

const ed25519Pkcs8 = (seed: Buffer): Buffer => der(0x30, derInteger(0n), ED25519, der(4, der(4, seed)))

/** A PKCS#8 Ed25519 key; Ed25519 is deterministic from its seed, which OpenSSL's key generation is not. */
export function ed25519Pem(random: Random): string {
  return pem('PRIVATE KEY', ed25519Pkcs8(random.bytes(32)))
}

function prime(random: Random, bits: number): bigint {
  for (;;) {
    let candidate = BigInt(`0x${random.bytes(bits / 8).toString('hex')}`) | (3n << BigInt(bits - 2)) | 1n
    for (let step = 0; step < 64; step++, candidate += 2n) {
      const isPlausible = [3n, 5n, 7n, 11n, 13n, 17n, 19n, 23n, 29n, 31n].every((small) => candidate % small !== 0n)
      if (isPlausible && (candidate - 1n) % 65_537n !== 0n && checkPrimeSync(candidate)) return candidate
    }
  }
}

function inverse(value: bigint, modulus: bigint): bigint {
  let [oldRest, rest, oldFactor, factor] = [value % modulus, modulus, 1n, 0n]
  while (rest !== 0n) {
    const quotient = oldRest / rest
    ;[oldRest, rest] = [rest, oldRest - quotient * rest]
    ;[oldFactor, factor] = [factor, oldFactor - quotient * factor]
  }
  return ((oldFactor % modulus) + modulus) % modulus
}

/** An RSA key of 1024 bits (the corpus needs shape, not strength), built from seeded primes. */
export function rsaPem(random: Random, form: 'PKCS1' | 'PKCS8'): string {
  const [p, q] = [prime(random, 512), prime(random, 512)]
  const exponent = 65_537n
  const d = inverse(exponent, (p - 1n) * (q - 1n))
  const numbers = [0n, p * q, exponent, d, p, q, d % (p - 1n), d % (q - 1n), inverse(q, p)]
  const body = der(0x30, ...numbers.map(derInteger))
  return form === 'PKCS1' ? pem('RSA PRIVATE KEY', body) : pem('PRIVATE KEY', der(0x30, derInteger(0n), RSA, der(4, body)))
}

const publicBytes = (seed: Buffer): Buffer =>
  createPublicKey(createPrivateKey({ key: ed25519Pkcs8(seed), format: 'der', type: 'pkcs8' }))
    .export({ format: 'der', type: 'spki' })
    .subarray(-32)

function sshString(text: Buffer | string): Buffer {
  const bytes = Buffer.from(text)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

/** A private key as ssh-keygen writes it, and the line of its public half. */
export function opensshKey(random: Random, comment: string): { readonly privateKey: string; readonly publicKey: string } {
  const seed = random.bytes(32)
  const publicPart = publicBytes(seed)
  const publicBlob = Buffer.concat([sshString('ssh-ed25519'), sshString(publicPart)])
  const check = random.bytes(4)
  const inner = Buffer.concat([check, check, publicBlob, sshString(Buffer.concat([seed, publicPart])), sshString(comment)])
  const padded = Buffer.concat([inner, Buffer.from([1, 2, 3, 4, 5, 6, 7]).subarray(0, (8 - (inner.length % 8)) % 8)])
  const count = Buffer.from([0, 0, 0, 1])
  const body = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    sshString('none'),
    sshString('none'),
    sshString(''),
    count,
    sshString(publicBlob),
    sshString(padded),
  ])
  const armour = pem('OPENSSH PRIVATE KEY', body)
  return { privateKey: armour, publicKey: `ssh-ed25519 ${publicBlob.toString('base64')} ${comment}` }
}

/** A self-signed certificate over an Ed25519 key, with that key. */
export function certificateAndKey(random: Random, name: string): { readonly certificate: string; readonly key: string } {
  const seed = random.bytes(32)
  const privateKey = createPrivateKey({ key: ed25519Pkcs8(seed), format: 'der', type: 'pkcs8' })
  const subject = der(0x30, der(0x31, der(0x30, Buffer.from('0603550403', 'hex'), der(12, Buffer.from(name)))))
  const validity = der(0x30, der(0x17, Buffer.from('250101000000Z')), der(0x17, Buffer.from('350101000000Z')))
  const keyInfo = der(0x30, ED25519, der(3, Buffer.from([0]), publicBytes(seed)))
  const serial = derInteger(BigInt(`0x${random.bytes(8).toString('hex')}`))
  const body = der(0x30, der(0xa0, derInteger(2n)), serial, ED25519, subject, validity, subject, keyInfo)
  const signature = der(3, Buffer.from([0]), sign(undefined, body, privateKey))
  return { certificate: pem('CERTIFICATE', der(0x30, body, ED25519, signature)), key: pem('PRIVATE KEY', ed25519Pkcs8(seed)) }
}
