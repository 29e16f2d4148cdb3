import { z } from 'zod'
import { LIMITS } from './limits.ts'
import { CollectionName, Coverage, ProblemLine, Scope } from './document.ts'
import { ClusterObservation } from './observation.ts'
import { Attributes, Confidence, Exposure, Instant, Level, Name, Path, Position, Sentence, UseVia } from './values.ts'

const evidence = z.array(Sentence).max(LIMITS.listItemsMax)

/** One of the five risk factors: a level with its reason, or the reason why nothing is known. */
export const Factor = z.object({
  name: z.enum(['age', 'last-used', 'reuse', 'exposure', 'authorization-scope']),
  known: z.boolean(),
  level: z.enum(['Low', 'Medium', 'High', 'Critical']).optional().describe('absent when not known'),
  reason: Sentence,
})
export type Factor = z.infer<typeof Factor>

/** Who takes a value, and how. */
export const Consumer = z.object({
  deployment: Path.describe('key of the deployment'),
  application: Path.describe('key of the application'),
  container: Name,
  via: z.enum([...UseVia.options, 'literal', 'argument', 'probe', 'annotation']),
  variable: z.string().max(512).optional(),
  mountPath: z.string().max(1_024).optional(),
  overridden: Sentence.optional(),
  evidence: Sentence,
})
export type Consumer = z.infer<typeof Consumer>

/** A secret at a place. */
export const Occurrence = z.object({
  id: Path.describe('natural key of the occurrence, stable across scans'),
  cluster: Path,
  namespace: Name,
  object: z.object({ kind: Name, name: Name }),
  path: Path,
  key: Name.describe('the name that holds the value: environment variable, data key or annotation; empty for list items such as arguments'),
  field: Path.optional().describe('key path inside a value that is itself a file'),
  position: Position.describe('inside the decoded text of the entry'),
  encoding: z.array(z.string().max(64)).max(16),
  exposure: Exposure,
  container: Name.optional(),
  historic: Sentence.optional(),
  usage: z.enum(['used', 'mounted', 'no-static-consumer', 'historic', 'unknown']),
  consumers: z.array(Consumer).max(LIMITS.listItemsMax),
  consumersTotal: z.int().min(0).describe('more than the list when that is cut'),
})
export type Occurrence = z.infer<typeof Occurrence>

/** From a secret or a deployment to an identity, or between the parts of one credential; with its evidence in words. */
export const Link = z.object({
  relation: z.enum(['belongs-to', 'pairs-with', 'federated', 'runs-as', 'shadows']),
  target: Path.describe('key of the identity, or fingerprint of the other part'),
  confidence: Confidence,
  evidence,
})
export type Link = z.infer<typeof Link>

/** A piece of software, from one or more deployments. */
export const Application = z.object({
  key: Path,
  name: Name,
  origin: z.enum(['DISCOVERED', 'MANUAL']),
  rule: z.string().max(64).describe('how its deployments were grouped'),
  evidence,
  deployments: z.array(Path).max(LIMITS.listItemsMax),
  deploymentsTotal: z.int().min(0),
  secretsTotal: z.int().min(0),
  level: Level.describe('of its worst secret'),
})
export type Application = z.infer<typeof Application>

/** One place where an application runs. */
export const Deployment = z.object({
  key: Path,
  cluster: Path,
  application: Path,
  namespace: Name,
  kind: Name,
  name: Name,
  serviceAccount: Name,
  images: z.array(z.string().max(512)).max(LIMITS.listItemsMax),
  mint: z.object({ injection: z.enum(['enabled', 'not-labelled']), spiffeIdPath: Path, evidence: Sentence }),
  links: z.array(Link).max(LIMITS.listItemsMax),
  secretsTotal: z.int().min(0),
  level: Level,
})
export type Deployment = z.infer<typeof Deployment>

/** A non-human principal and the number of secrets that are known to be its own. */
export const Identity = z.object({
  key: Path,
  kind: z.string().max(64),
  provider: z.string().max(64),
  name: z.string().max(512),
  attributes: Attributes,
  secretsTotal: z.int().min(0),
})
export type Identity = z.infer<typeof Identity>

/** One distinct static credential. No field can hold its value. */
export const Secret = z.object({
  key: Path.describe('fingerprint'),
  kind: z.string().max(64),
  provider: z.string().max(64),
  confidence: Confidence,
  publicId: z.string().max(512).optional(),
  attributes: Attributes,
  createdAt: Instant.optional(),
  expiresAt: Instant.optional(),
  level: Level,
  factors: z.array(Factor).max(16),
  policy: z.string().max(64).describe('version of the risk policy that gave the level'),
  reasons: evidence,
  occurrences: z.array(Occurrence).max(LIMITS.listItemsMax),
  occurrencesTotal: z.int().min(0),
  applications: z.array(Path).max(LIMITS.listItemsMax),
  applicationsTotal: z.int().min(0),
  links: z.array(Link).max(LIMITS.listItemsMax),
})
export type Secret = z.infer<typeof Secret>

/** A value that names a secret kept elsewhere. */
export const Reference = z.object({
  id: Path,
  cluster: Path,
  namespace: Name,
  object: z.object({ kind: Name, name: Name }),
  path: Path,
  key: Name,
  field: Path.optional(),
  kind: z.string().max(64),
  target: z.string().max(512).optional(),
})
export type Reference = z.infer<typeof Reference>

/** What one scan could read of one kind, and where. */
export const CoverageEntry = z.object({ collection: CollectionName, scope: Scope, coverage: Coverage, objects: z.int().min(0) })
export type CoverageEntry = z.infer<typeof CoverageEntry>

/** What `spirlctl scan kubernetes -o json` prints. Its JSON Schema is published as docs/schema/scan-report.json. */
export const ScanReport = z.object({
  version: z.literal(LIMITS.documentVersion),
  scan: z.object({
    id: z.uuid(),
    startedAt: Instant,
    finishedAt: Instant,
    scanner: z.object({ version: z.string(), rules: z.string() }),
    policy: z.string(),
    fingerprintKeyId: z.string(),
    coverage: z.array(CoverageEntry),
    problems: z.array(ProblemLine),
  }),
  cluster: ClusterObservation,
  applications: z.array(Application),
  deployments: z.array(Deployment),
  identities: z.array(Identity),
  secrets: z.array(Secret),
  references: z.array(Reference),
})
export type ScanReport = z.infer<typeof ScanReport>
