import { STORAGE_LIMITS } from '../limits.ts'
import type { LinkedPiece } from './linked-piece.ts'
import { linkPiece } from './linked-piece.ts'
import { readNamespaces } from './namespace-reader.ts'
import { findSharedFingerprints } from './fact-rows.ts'
import type { Publication } from './publication.ts'
import { openSecretWriter } from './secrets.ts'
import { writeContexts } from './write-contexts.ts'
import { writeOccurrences } from './write-occurrences.ts'

/** Occurrences to link from which on it pays to find out first which fingerprints lie in one namespace only. */
export const BULK_OCCURRENCES_MIN = 5_000
/** Namespaces that one flush writes at most. */
const FLUSH_NAMESPACES_MAX = 500

/**
 * Links every touched namespace and writes what differs. Fills `touched_fingerprint` with the secrets that must be summarised afterwards;
 * secrets whose every place lies in the namespace at hand are summarised on the spot, which spares reading their occurrences back.
 */
export async function linkNamespaces(publication: Publication, touchedOccurrences: number): Promise<void> {
  const { run } = publication
  await run(`create temporary table touched_fingerprint (fingerprint uuid primary key) on commit drop`)
  await run(`create temporary table touched_application (subject_id int primary key) on commit drop`)
  const bulk = touchedOccurrences >= BULK_OCCURRENCES_MIN
  // Who reads a part of its own finds them there.
  if (bulk && !publication.parts.isBeside('observation')) await findSharedFingerprints(run)
  const secrets = openSecretWriter(publication)
  let pending: LinkedPiece[] = []
  let rows = 0
  let analyzed = !bulk
  async function write(pieces: readonly LinkedPiece[]): Promise<void> {
    await writeContexts(publication, pieces)
    const changed = await writeOccurrences(publication, pieces)
    await secrets.writePieces(pieces, changed)
    // The planner takes new tables for small and repetitive; the first rows tell it what the rest will be like.
    if (!analyzed) await run(`analyze occurrence_0, secret_0, deployment, identity, subject`)
    analyzed = true
  }
  // One batch is written while the next one is read and linked.
  let writing = Promise.resolve()
  async function flush(): Promise<void> {
    const pieces = pending
    pending = []
    rows = 0
    await writing
    writing = write(pieces)
    // A failure is met at the next await; until then it must not count as unhandled.
    writing.catch(() => undefined)
  }
  const open = new Map<string, LinkedPiece>()
  try {
    for await (const piece of readNamespaces(publication, bulk)) {
      const linked = linkPiece(publication, piece, open.get(piece.facts.namespace))
      open.clear()
      if (!piece.last) {
        open.set(piece.facts.namespace, linked)
        if (linked.part === 1) noteLargeNamespace(publication, piece.facts.namespace)
      }
      pending.push(linked)
      rows += linked.occurrences.length + linked.deployments.length + linked.identities.length
      if (rows >= STORAGE_LIMITS.flushRowsMax || pending.length >= FLUSH_NAMESPACES_MAX) await flush()
      const turn = publication.yieldTurn()
      if (turn !== undefined) await turn
    }
    await flush()
  } finally {
    // Whatever has failed, nothing may be under way when the transaction ends.
    await writing.catch(() => undefined)
  }
  await writing
}

function noteLargeNamespace({ note }: Publication, namespace: string): void {
  note({
    collection: 'cluster',
    namespace,
    object: namespace,
    field: 'linking',
    problem:
      `The namespace holds more than ${STORAGE_LIMITS.namespaceOccurrencesMax} occurrences and was linked in parts of whole objects: ` +
      'parts of one credential that lie in different objects may be shown unpaired',
  })
}
