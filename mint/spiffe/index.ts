/**
 * SPIFFE as a library: IDs, X.509-SVIDs and JWT-SVIDs (writing and validating), bundles and bundle maps.
 * Everything that reads foreign bytes answers {@link Checked} and never throws; everything that writes throws on fields that cannot be written.
 */
export type * from './model.ts'
export { refuse, type Checked, type Refusal } from './checked.ts'
export { parseSpiffeId, parseTrustDomain, pathOf, spiffeId, SPIFFE_ID_BYTES_MAX, TRUST_DOMAIN_BYTES_MAX, trustDomainId, trustDomainOf } from './spiffe-id.ts'
export { generateWorkloadKey, localSigner, randomSerial, readPublicKey, type PublicKeyKind, type WorkloadKey } from './keys.ts'
export { prepareLeafWriter, subjectKeyIdOf, writeLeaf, type CertificateIssuer, type LeafFields, type Written } from './leaf.ts'
export { writeAuthority, type AuthorityFields } from './authority-certificate.ts'
export { checkSubject, SUBJECT_PARTS_MAX, type SubjectPart, type SubjectType } from './subject.ts'
export { isDnsName } from './extensions.ts'
export { isIpAddress } from './ip-address.ts'
export { CSR_BYTES_MAX, readCsr, writeCsr } from './csr.ts'
export { CERTIFICATE_BYTES_MAX, concatenateCertificates, readCertificate, splitCertificates, type Certificate } from './certificate.ts'
export type { CertificateExtensions, KeyUsage } from './certificate-extensions.ts'
export { CHAIN_CERTIFICATES_MAX, checkLeaf, validateX509Svid } from './x509-svid.ts'
export { RESERVED_CLAIMS, signJwtSvid, type JwtSvidFields } from './jwt-svid.ts'
export { LEEWAY_SECONDS, readJwtSvidUnverified, TOKEN_CHARACTERS_MAX, validateJwtSvid, type JwtValidation } from './jwt-validation.ts'
export { isJwtAlgorithm, jwkParametersOf } from './jwk.ts'
export {
  BUNDLE_CHARACTERS_MAX,
  BUNDLE_KEYS_MAX,
  formatBundle,
  formatBundleMap,
  formatJwtBundle,
  formatOidcKeys,
  parseBundle,
  parseBundleMap,
  parseJwtBundle,
} from './bundle.ts'
export { bundleFromPem, certificatesToPem, pemToCertificates } from './pem.ts'
export { parseStrictJson } from './strict-json.ts'
