import { z } from 'zod'
import { LIMITS } from './limits.ts'
import { CONFIDENCES, EXPOSURES } from './scales.ts'

/** A level, or that nothing is known. */
export const Level = z.enum(['Low', 'Medium', 'High', 'Critical', 'Unknown'])
export type Level = z.infer<typeof Level>

/** One of {@link CONFIDENCES}. */
export const Confidence = z.enum(CONFIDENCES)
export type Confidence = z.infer<typeof Confidence>

/** Name of a Kubernetes object, namespace, key or container. */
export const Name = z.string().max(LIMITS.nameCharsMax)
/** Field path or natural key. */
export const Path = z.string().max(LIMITS.pathCharsMax)
/** One sentence of evidence, reason or problem; never holds a value. */
export const Sentence = z.string().max(LIMITS.sentenceCharsMax)
/** A time in UTC, as `2026-01-31T12:00:00Z`. */
export const Instant = z.iso.datetime()

/** Small facts in clear, such as `{ host: 'db.shop', user: 'app' }`. Never a secret value: the scanner fills them from public parts only (law 1). */
export const Attributes = z.record(z.string().max(64), z.string().max(512))
export type Attributes = z.infer<typeof Attributes>

/** A Kubernetes object; `namespace` is empty for cluster-wide kinds. */
export const ObjectRef = z.object({ kind: Name, namespace: Name, name: Name })
export type ObjectRef = z.infer<typeof ObjectRef>

/** Where a value begins inside the decoded text of its entry: 1-based line and column, length, all in UTF-16 code units. */
export const Position = z.object({ line: z.int().min(1), column: z.int().min(1), length: z.int().min(0) })
export type Position = z.infer<typeof Position>

/**
 * Who can read the value at its place (risk factor Exposure).
 * `workload`: hard-coded in a workload object: env literal, command, argument, probe, annotation of the workload.
 * `configmap`: a ConfigMap. `metadata`: annotation of another readable object. `kubernetes-secret`: a Secret.
 */
export const Exposure = z.enum(EXPOSURES)
export type Exposure = z.infer<typeof Exposure>

/** A secret value, or the public half of a credential (access key id, client id) that says whose it is. */
export const FindingRole = z.enum(['secret', 'identifier'])
export type FindingRole = z.infer<typeof FindingRole>

/** `hmac-sha-256` over the canonical form, keyed per tenant, as 64 hex digits. */
export const Fingerprint = z.string().regex(/^[0-9a-f]{64}$/)
export type Fingerprint = z.infer<typeof Fingerprint>

/** How a workload takes an object or one key of it. */
export const UseVia = z.enum(['env', 'envFrom', 'volume', 'imagePullSecret', 'volumeSecretRef'])
export type UseVia = z.infer<typeof UseVia>
