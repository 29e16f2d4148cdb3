import { z } from 'zod'
import { LIMITS } from './limits.ts'
import { Observation } from './observation.ts'
import { Instant, Name, Sentence } from './values.ts'

/** The ten kinds that the Kubernetes connector reads, and the two that it derives. */
export const CollectionName = z.string().max(64).describe('for example secrets, configmaps, deployments; cluster for what is derived from several')
export type CollectionName = z.infer<typeof CollectionName>

/**
 * What part of a collection a statement is about. Empty: the whole cluster. With `namespace`: that namespace.
 * With `namespace` and `object`: one object (watch mode sends these, so that one changed object closes only its own rows).
 */
export const Scope = z.object({ namespace: Name.optional(), object: Name.optional() })
export type Scope = z.infer<typeof Scope>

/** How much of a collection one scan could see. Only `complete` lets the inventory conclude that something is gone (law 2). */
export const Coverage = z.discriminatedUnion('state', [
  z.object({ state: z.literal('complete') }),
  z.object({ state: z.literal('partial'), reason: Sentence }),
  z.object({ state: z.literal('denied'), permission: Sentence }),
  z.object({ state: z.literal('failed'), reason: Sentence }),
])
export type Coverage = z.infer<typeof Coverage>

/** First line of a scan. */
export const ScanHeader = z.object({
  type: z.literal('scan'),
  version: z.int().min(1),
  scanId: z.uuid(),
  connector: z.string().max(64),
  source: z.object({ key: z.string().max(512), name: Name }).describe('natural key and name of what was read, for example a cluster'),
  mode: z.enum(['full', 'changes']).describe('changes: only the scopes named by coverage lines were read'),
  startedAt: Instant,
  scanner: z.object({ version: z.string().max(64), rules: z.string().max(64) }),
  fingerprintKeyId: z.string().max(64).describe('which fingerprint key; fingerprints of different keys never compare'),
})
export type ScanHeader = z.infer<typeof ScanHeader>

/** One fact and the object it was read from: a later complete scan of that object without it ends it. */
export const ObservationLine = z.object({
  type: z.literal('observation'),
  collection: CollectionName,
  namespace: Name,
  object: Name,
  observation: Observation,
})
export type ObservationLine = z.infer<typeof ObservationLine>

/** Closes a scope of a collection. A scope that is never closed counts as failed, so forgetting is safe. */
export const CoverageLine = z.object({
  type: z.literal('coverage'),
  collection: CollectionName,
  scope: Scope,
  coverage: Coverage,
  objects: z.int().min(0).describe('objects read'),
})
export type CoverageLine = z.infer<typeof CoverageLine>

/** Something the scanner could not read inside an object that it could. Named by object and field, without the value. */
export const ProblemLine = z.object({
  type: z.literal('problem'),
  collection: CollectionName,
  namespace: Name,
  object: Name,
  field: Sentence,
  problem: Sentence,
})
export type ProblemLine = z.infer<typeof ProblemLine>

/** Last line: without it a scan never becomes visible (law 5). */
export const ScanEnd = z.object({ type: z.literal('end'), finishedAt: Instant, lines: z.int().min(0).describe('lines between header and end') })
export type ScanEnd = z.infer<typeof ScanEnd>

/** Any line of a scan document. */
export const ScanLine = z.discriminatedUnion('type', [ScanHeader, ObservationLine, CoverageLine, ProblemLine, ScanEnd])
export type ScanLine = z.infer<typeof ScanLine>

/** Lines that a connector yields: everything between header and end. */
export type ScanEvent = ObservationLine | CoverageLine | ProblemLine

/** True when a later scan may mark rows of this scope as gone. */
export function allowsRemoval(coverage: Coverage): boolean {
  return coverage.state === 'complete'
}

/** Thrown by {@link parseScanLine}; the message names the line and the field, never its content. */
export class ScanLineError extends Error {
  readonly lineNumber: number
  /** The field path and what is wrong with it, such as `observation.finding.kind: invalid_type`. */
  readonly problem: string

  constructor(lineNumber: number, problem: string) {
    super(`Line ${lineNumber} of the scan document is not valid: ${problem}`)
    this.name = 'ScanLineError'
    this.lineNumber = lineNumber
    this.problem = problem
  }
}

/**
 * Checks one line of a scan document.
 *
 * @throws ScanLineError with the field path; the content of the line is never in the message (law 1)
 */
export function parseScanLine(text: string, lineNumber: number): ScanLine {
  if (Buffer.byteLength(text) > LIMITS.lineBytesMax) throw new ScanLineError(lineNumber, `longer than ${LIMITS.lineBytesMax} bytes`)
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    throw new ScanLineError(lineNumber, 'not JSON')
  }
  const result = ScanLine.safeParse(parsed)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new ScanLineError(lineNumber, `${issue?.path.join('.') ?? ''}: ${issue?.code ?? 'invalid'}`)
}
