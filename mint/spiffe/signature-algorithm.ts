import { objectIdentifier, sequence } from './der-writer.ts'
import type { Signer } from './model.ts'

const NULL = Uint8Array.of(0x05, 0x00)

/** AlgorithmIdentifier of each signer: ECDSA without parameters (RFC 5758 section 3.2), RSA with a NULL (RFC 4055 section 5). */
export const SIGNATURE_ALGORITHM: Readonly<Record<Signer['algorithm'], Uint8Array>> = {
  ES256: sequence(objectIdentifier('1.2.840.10045.4.3.2')),
  ES384: sequence(objectIdentifier('1.2.840.10045.4.3.3')),
  RS256: sequence(objectIdentifier('1.2.840.113549.1.1.11'), NULL),
}
