import { generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import type { KeyType } from './model.ts'

const generate = promisify(generateKeyPair)
const RSA_BITS = 2048

/** A new private key, PKCS#8 DER. Off the main thread, because RSA takes tenths of a second. */
export async function generatePrivateKey(type: KeyType): Promise<Buffer> {
  const { privateKey } = type === 'rsa-2048' ? await generate('rsa', { modulusLength: RSA_BITS }) : await generate('ec', { namedCurve: CURVES[type] })
  return privateKey.export({ type: 'pkcs8', format: 'der' })
}

const CURVES = { 'ec-p256': 'P-256', 'ec-p384': 'P-384' } as const
