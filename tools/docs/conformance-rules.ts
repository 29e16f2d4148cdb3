/** One line of the SPIFFE conformance checklist. */
export interface ConformanceRule {
  readonly number: number
  /** What must hold, in short; the specification has the last word. */
  readonly says: string
  /** Where it is written. */
  readonly source: string
  /** Tests that hold it without its number in their titles: tables of several rules. */
  readonly tables?: readonly { readonly file: string; readonly title: string }[]
  /** Why it does not apply, with what is answered instead. */
  readonly notOffered?: string
}

const ID = 'SPIFFE ID'
const X509 = 'X509-SVID'
const JWT = 'JWT-SVID'
const BUNDLE = 'SPIFFE Trust Domain and Bundle'
const FEDERATION = 'SPIFFE Federation'
const ENDPOINT = 'SPIFFE Workload Endpoint'
const API = 'SPIFFE Workload API'
const ID_TABLE = { file: 'mint/spiffe/spiffe-id.test.ts', title: 'rule %i: %s -> %s' }
const LEAF_TABLE = { file: 'mint/spiffe/x509-validation.test.ts', title: 'rule %i: a leaf with %s is refused' }
const BUNDLE_TABLE = { file: 'mint/spiffe/bundle.test.ts', title: 'rule %i: an element with %s is passed over' }
const BROKER = 'The Broker API is incubating and not offered: its methods are UNIMPLEMENTED.'

/** The checklist that Mint holds itself to, from the SPIFFE specifications of July 2026. Numbers never change; tests carry them. */
export const CONFORMANCE_RULES: readonly ConformanceRule[] = [
  { number: 1, says: 'A SPIFFE ID has scheme `spiffe`, a trust domain, no query, fragment, user or port', source: ID, tables: [ID_TABLE] },
  { number: 2, says: 'A trust domain is lower case `a-z0-9._-`, at most 255 bytes', source: ID, tables: [ID_TABLE] },
  { number: 3, says: 'Path segments are `a-zA-Z0-9._-`, none empty, `.` or `..`', source: ID, tables: [ID_TABLE] },
  {
    number: 4,
    says: 'IDs of 2048 bytes are accepted, longer ones never issued; upper case is refused where the specification wants lower',
    source: ID,
    tables: [ID_TABLE],
  },
  { number: 5, says: 'A leaf has exactly one URI name, with a path', source: X509, tables: [LEAF_TABLE] },
  { number: 6, says: 'Names are critical when the subject is empty', source: X509 },
  { number: 7, says: 'A leaf is no authority; key usage is critical, signs data and never certificates', source: X509, tables: [LEAF_TABLE] },
  { number: 8, says: 'A leaf is for servers and clients', source: X509 },
  { number: 9, says: 'Serial numbers are positive, random, at most 20 octets; notBefore lies in the past', source: 'RFC 5280' },
  { number: 10, says: 'Chains go leaf, intermediates, never the root; key ids link them', source: X509 },
  { number: 11, says: 'Signing certificates are authorities, name the trust domain only, and never authenticate', source: X509 },
  { number: 12, says: 'Every authority has a subject of its own', source: 'ours' },
  { number: 13, says: 'A token is a compact JWS with `alg`, `kid`, `typ` and nothing else; only RS, ES and PS algorithms', source: JWT },
  { number: 14, says: '`sub` is the SPIFFE ID; `aud` and `exp` are there', source: JWT },
  { number: 15, says: "The algorithm is looked at first, then audience and expiry; the key is that of the subject's trust domain", source: JWT },
  { number: 16, says: 'A bundle has `keys`, which may be empty; sequences are 64-bit and change with the content', source: BUNDLE },
  { number: 17, says: 'Keys of unknown type or use are skipped', source: BUNDLE, tables: [BUNDLE_TABLE] },
  { number: 18, says: 'X.509 keys have one certificate and no `kid`', source: BUNDLE },
  { number: 19, says: 'JWT keys have a `kid`; names that stand twice in a bundle map are refused', source: BUNDLE },
  { number: 20, says: '`https_web`: Web PKI, no client authentication, redirects validated afresh and never stored', source: FEDERATION },
  { number: 21, says: '`https_spiffe`: the endpoint shows the SVID it was announced with, from a bundle supplied before', source: FEDERATION },
  { number: 22, says: 'Parameters are explicit; bundles of trust domains are never merged', source: FEDERATION },
  { number: 23, says: 'Keys are published before use and removed once nothing live depends on them', source: FEDERATION },
  { number: 24, says: 'gRPC on a Unix socket, without TLS and without credentials of the client', source: ENDPOINT },
  { number: 25, says: 'Workload API calls carry `workload.spiffe.io: true`; SDS, health and reflection need not', source: ENDPOINT },
  { number: 26, says: '`SPIFFE_ENDPOINT_SOCKET` is `unix:///path` or `tcp://IP:port`', source: ENDPOINT },
  { number: 27, says: 'Codes: InvalidArgument, Unavailable, PermissionDenied, Unimplemented; clients back off from 1 to 30 s', source: ENDPOINT },
  { number: 28, says: 'Reflection is served; the Workload API is never extended', source: ENDPOINT },
  { number: 29, says: 'Certificates are concatenated DER, keys PKCS #8, bundles by trust domain id', source: API },
  { number: 30, says: 'JWT bundles are plain JWKS with JWT keys only', source: API },
  { number: 31, says: 'The first message comes at once, each is the full state, lost entitlement ends the stream', source: API },
  { number: 32, says: 'Equal messages are not repeated, mass updates are spread', source: API },
  { number: 33, says: 'Hints are unique and bounded; the default identity is first and the order stays', source: API },
  {
    number: 34,
    says: 'FetchJWTSVID: no audience or a malformed ID is InvalidArgument, a foreign ID PermissionDenied; several identities give several tokens',
    source: API,
  },
  { number: 35, says: 'ValidateJWTSVID: both fields are mandatory, `aud` is a list, foreign claims are limited', source: API },
  { number: 36, says: 'Callers without identity may be given the own bundle, by setting', source: 'ours' },
  { number: 37, says: 'Both profiles are there; one that is switched off is UNIMPLEMENTED', source: API },
  { number: 38, says: 'Broker: mTLS, header, allow-list', source: 'SPIFFE Broker API', notOffered: BROKER },
  { number: 39, says: 'Broker: one reference a request', source: 'SPIFFE Broker API', notOffered: BROKER },
  { number: 40, says: 'Broker: errors with ErrorInfo, streams end with their workload', source: 'SPIFFE Broker API', notOffered: BROKER },
  {
    number: 41,
    says: 'OIDC discovery has what AWS, Azure and Google read; keys are not cached; only known hosts are answered',
    source: "OpenID Connect Discovery, providers' pages",
  },
  { number: 42, says: 'RS256 where a cloud demands it, ES256 elsewhere; `use: sig` for OIDC', source: "providers' pages" },
  { number: 43, says: 'The issuer is the same, byte for byte, everywhere', source: 'OpenID Connect Discovery' },
]
