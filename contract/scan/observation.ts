import { z } from 'zod'
import { LIMITS } from './limits.ts'
import { Attributes, Confidence, Exposure, Fingerprint, FindingRole, Instant, Name, ObjectRef, Path, Position, Sentence, UseVia } from './values.ts'

const evidence = z.array(Sentence).max(LIMITS.listItemsMax)

/** Whether a part of Mint runs in the cluster; `unknown` when the collections that would show it could not be read. */
export const Presence = z.object({ state: z.enum(['installed', 'absent', 'unknown']), evidence: Sentence })
export type Presence = z.infer<typeof Presence>

/** The cluster itself. `key` is the uid of its kube-system namespace; without it (a folder of manifests) a name chosen by the user. */
export const ClusterObservation = z.object({
  entity: z.literal('cluster'),
  key: Path,
  name: Name,
  kubernetesVersion: z.string().max(64).optional(),
  platform: z.object({
    kind: z.string().max(64).describe('eks, aks, gke, openshift, k3s, kind, minikube, … or unknown'),
    region: z.string().max(64).optional(),
    account: z.object({ type: z.enum(['aws-account', 'azure-subscription', 'gcp-project']), id: z.string().max(128) }).optional(),
    evidence,
  }),
  mint: z.object({ agent: Presence, controller: Presence, csiDriver: Presence, reflector: Presence }),
})
export type ClusterObservation = z.infer<typeof ClusterObservation>

/** One place where an application runs. `key` is `<cluster key>/<namespace>/<Kind>/<name>`. */
export const DeploymentObservation = z.object({
  entity: z.literal('deployment'),
  key: Path,
  object: ObjectRef,
  uid: z.string().max(64).optional(),
  application: z.object({ key: Path, name: Name, rule: z.string().max(64), evidence: Sentence }),
  serviceAccount: Name,
  images: z.array(z.string().max(512)).max(LIMITS.listItemsMax),
  createdAt: Instant.optional(),
  mint: z.object({
    injection: z.enum(['enabled', 'not-labelled']),
    spiffeIdPath: Path.describe('path of the SPIFFE ID that the service account gets under the default template'),
    evidence: Sentence,
  }),
})
export type DeploymentObservation = z.infer<typeof DeploymentObservation>

/** A non-human principal, such as an IAM role or a Kubernetes ServiceAccount. */
export const IdentityObservation = z.object({
  entity: z.literal('identity'),
  key: Path,
  kind: z.string().max(64).describe('for example aws-iam-role, entra-application, gcp-service-account, kubernetes-service-account, spiffe-id, database-user'),
  provider: z.string().max(64),
  name: z.string().max(512),
  attributes: Attributes,
})
export type IdentityObservation = z.infer<typeof IdentityObservation>

/** What detection says of one value: never the value. */
export const Finding = z.object({
  kind: z.string().max(64),
  role: FindingRole,
  provider: z.string().max(64),
  confidence: Confidence,
  rule: z.string().max(128),
  fingerprint: Fingerprint.describe('of the canonical secret; of the identifier itself for role identifier'),
  publicId: z.string().max(512).optional().describe('what the issuer shows in clear: access key id, app id, key id'),
  attributes: Attributes.describe('public parts, for example host, user and database of a URL, iss and sub of a JWT, the AWS account'),
  createdAt: Instant.optional().describe('from the credential itself, such as iat of a JWT'),
  expiresAt: Instant.optional(),
  reasons: evidence.describe('why it was judged so, in words'),
})
export type Finding = z.infer<typeof Finding>

/** A finding at a place. `key` is `<cluster key>/<namespace>/<Kind>/<name>#<path>#<field>#<line>:<column>#<rule kind>`. */
export const OccurrenceObservation = z.object({
  entity: z.literal('occurrence'),
  key: Path,
  object: ObjectRef,
  path: Path.describe('field path in the object as Kubernetes writes it: spec.template.spec.containers[0].env[2].value, data[application.yml]'),
  entry: Name.describe('name that holds the value: environment variable, data key, annotation; empty for list items such as arguments'),
  field: Path.optional().describe('key path inside a value that is itself a file: spring.datasource.password'),
  position: Position,
  encoding: z.array(z.string().max(64)).max(16).describe('decoding steps from the field to the text, for example base64, gzip, yaml'),
  exposure: Exposure,
  container: Name.optional().describe('container whose specification holds the value'),
  historic: Sentence.optional().describe('why this is a copy of the past, such as an old Helm revision or last-applied'),
  existsSince: z.object({ at: Instant, evidence: Sentence }).optional().describe('the value was already here at this time: a lower bound of its age'),
  copyFingerprint: Fingerprint.optional().describe('of the whole entry, for exact copies; another HMAC domain'),
  finding: Finding,
})
export type OccurrenceObservation = z.infer<typeof OccurrenceObservation>

/** An edge from a container of a deployment to a Secret or ConfigMap, or to one key of it. All edges stay inside a namespace. */
export const UseObservation = z.object({
  entity: z.literal('use'),
  key: Path,
  deployment: Path,
  target: ObjectRef,
  entry: Name.optional().describe('absent: every key'),
  container: Name.describe('empty for pod-wide uses such as imagePullSecrets'),
  via: UseVia,
  variable: z.string().max(512).optional().describe('environment variable; for envFrom the prefix'),
  mountPath: z.string().max(1_024).optional(),
  overridden: Sentence.optional().describe('why the container never sees it, such as a later env entry of the same name'),
  dangling: z.boolean().optional().describe('the object or key does not exist'),
  evidence: Sentence,
})
export type UseObservation = z.infer<typeof UseObservation>

/** A value that names a secret kept elsewhere. Reported as managed, never as a secret. */
export const ReferenceObservation = z.object({
  entity: z.literal('reference'),
  key: Path,
  object: ObjectRef,
  path: Path,
  entry: Name,
  field: Path.optional(),
  kind: z.string().max(64).describe('for example vault, external-secret, sops, sealed-secret, variable, aws-secrets-manager, one-password, file-path'),
  target: z.string().max(512).optional().describe('the reference itself where it cannot hold a value'),
})
export type ReferenceObservation = z.infer<typeof ReferenceObservation>

/** A relation that the cluster states itself, such as a service account annotated with an IAM role. */
export const LinkObservation = z.object({
  entity: z.literal('link'),
  key: Path,
  deployment: Path,
  identity: Path,
  relation: z.enum(['federated', 'runs-as']),
  confidence: Confidence,
  evidence: Sentence,
})
export type LinkObservation = z.infer<typeof LinkObservation>

/** An immutable fact out of one scan; the only thing that connectors produce. */
export const Observation = z.discriminatedUnion('entity', [
  ClusterObservation,
  DeploymentObservation,
  IdentityObservation,
  OccurrenceObservation,
  UseObservation,
  ReferenceObservation,
  LinkObservation,
])
export type Observation = z.infer<typeof Observation>
