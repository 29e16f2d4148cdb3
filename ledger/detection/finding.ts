import type { Finding, Position } from '@mintmark/contract/scan'

/** Where a text came from; decides which decoders and which beliefs apply. */
export type EntryOrigin = 'env' | 'argument' | 'probe' | 'lifecycle' | 'annotation' | 'configmap' | 'secret'

/**
 * One named value of a Kubernetes object, as the connector hands it over. The detector keeps nothing of it after the call (law 1).
 */
export interface Entry {
  /** Name of the entry as written: environment variable, data key, annotation. Empty for list items such as arguments. */
  readonly key: string
  /** The text as it stands in the API object: base64 for Secret `data` and ConfigMap `binaryData`, clear text elsewhere. */
  readonly value: string
  readonly form: 'text' | 'base64'
  readonly origin: EntryOrigin
  /** Other names by which consumers see this value, such as the environment variable of a secretKeyRef. Bounded by the caller. */
  readonly aliases: readonly string[]
}

/** What is known around a group of entries: one Secret's data, one ConfigMap's data, one container's environment, one argument list. */
export interface EntryContext {
  /** `type` of a Secret, such as kubernetes.io/dockerconfigjson. */
  readonly secretType?: string
  /** Image references of the container (for env and arguments) or of the consumers (for Secrets and ConfigMaps). Bounded by the caller. */
  readonly images: readonly string[]
}

/** A finding inside one entry. */
export interface Detected {
  /** Index of the entry in the group. */
  readonly entry: number
  /** Key path inside a value that is itself a file. */
  readonly field?: string
  readonly position: Position
  /** Decoding steps from the API field to the text that holds the value. */
  readonly encoding: readonly string[]
  /** Why this is a copy of the past, such as a superseded Helm revision. */
  readonly historic?: string
  /** HMAC of the whole entry, in a domain of its own: equal for exact copies. */
  readonly copyFingerprint: string
  readonly finding: Finding
}

/** A value that names a secret kept elsewhere. */
export interface DetectedReference {
  readonly entry: number
  readonly field?: string
  readonly kind: string
  readonly target?: string
}

/** Something that could not be read, in words that hold no value. */
export interface DetectionProblem {
  readonly entry: number
  readonly field?: string
  readonly problem: string
}

/** Everything that detection says of one group of entries. Lists are in entry order, then in order of position: same input, same result (law 4). */
export interface Detection {
  readonly findings: readonly Detected[]
  readonly references: readonly DetectedReference[]
  readonly problems: readonly DetectionProblem[]
}

/**
 * Judges groups of entries. Pure but for its own memory of buffers: two detectors with one key agree on everything.
 * Entries of one group are judged together, because a short password is known by its neighbours.
 */
export interface Detector {
  /** Version of rules and models, stored with every scan. */
  readonly rules: string
  detect(entries: readonly Entry[], context: EntryContext): Detection
}
