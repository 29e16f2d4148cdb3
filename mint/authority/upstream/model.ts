import type { SubjectPart, TrustDomain } from '@mintmark/spiffe'

/** What an issuing certificate is asked for with. */
export interface IssuingRequest {
  readonly trustDomain: TrustDomain
  readonly publicKey: Uint8Array
  readonly serial: Uint8Array
  readonly notBefore: Date
  /** Cut to the upstream's own end. */
  readonly notAfter: Date
  readonly subject: readonly SubjectPart[]
}

/** The authority above: signs the trust domain's issuing certificates, whose roots are its roots. */
export interface UpstreamAuthority {
  /** The certificate that signs at present, DER; when it changes, the next keyset is prepared. @throws AuthorityError `upstream` */
  current(): Promise<{ readonly certificate: Uint8Array; readonly notAfter: Date }>
  /** @returns DER, the issuing certificate first, intermediates next, the root last. @throws AuthorityError `upstream` */
  issue(request: IssuingRequest): Promise<readonly Uint8Array[]>
}
