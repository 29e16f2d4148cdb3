declare const checked: unique symbol

/** A trust domain's name, such as `example.org`, that has passed {@link parseTrustDomain}. */
export type TrustDomain = string & { readonly [checked]: 'TrustDomain' }

/** A SPIFFE ID, such as `spiffe://example.org/ns/shop/sa/web`, that has passed {@link parseSpiffeId}. May be that of a trust domain (no path). */
export type SpiffeId = string & { readonly [checked]: 'SpiffeId' }

/** Signature algorithms that a JWT-SVID may carry (JWT-SVID section 2.1). */
export type JwtAlgorithm = 'RS256' | 'RS384' | 'RS512' | 'ES256' | 'ES384' | 'ES512' | 'PS256' | 'PS384' | 'PS512'

/** A public key that verifies JWT-SVIDs of a trust domain. */
export interface JwtAuthority {
  readonly keyId: string
  /** The public JWK's own parameters (kty, crv, x, y or n, e), without use, kid and alg. */
  readonly publicKey: Readonly<Record<string, string>>
  /** As announced, when it is. */
  readonly algorithm?: JwtAlgorithm
}

/** What verifies the SVIDs of one trust domain. Never merged with another's. */
export interface Bundle {
  readonly trustDomain: TrustDomain
  /** Certificates of the roots, DER each. */
  readonly x509Authorities: readonly Uint8Array[]
  readonly jwtAuthorities: readonly JwtAuthority[]
  /** `spiffe_sequence`: changes with every change of content; 64 bits and more, so never a number. */
  readonly sequence?: bigint
  readonly refreshHintSeconds?: number
}

/** A private key that can sign, wherever it lies. A remote one (KMS) answers with a promise; a local one at once. */
export interface Signer {
  readonly algorithm: 'ES256' | 'ES384' | 'RS256'
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array
  /** ECDSA signatures as DER for certificates, as the fixed-size pair for tokens; RSA has one form. */
  sign(data: Uint8Array, form: 'certificate' | 'token'): Uint8Array | Promise<Uint8Array>
}

/** An X.509-SVID with its key, as a workload holds it. */
export interface X509Svid {
  readonly id: SpiffeId
  /** DER, leaf first, without the root. */
  readonly certificates: readonly Uint8Array[]
  /** PKCS#8, DER, not encrypted. */
  readonly privateKey: Uint8Array
  readonly hint?: string
  readonly notBefore: Date
  readonly notAfter: Date
}

/** A JWT-SVID as a workload holds it. */
export interface JwtSvid {
  readonly id: SpiffeId
  readonly token: string
  readonly audience: readonly string[]
  readonly hint?: string
  readonly issuedAt?: Date
  readonly expiresAt: Date
}
