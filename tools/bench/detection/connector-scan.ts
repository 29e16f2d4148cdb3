import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LIMITS, type ScanEvent, type ScanReport } from '@mintmark/contract/scan'
import { type KubernetesSource, openKubernetes } from '@mintmark/ledger/connectors/kubernetes'
import type { Detector, FingerprintKey } from '@mintmark/ledger/detection'
import { buildInventory } from '@mintmark/ledger/linking'
import { MAX_V1, compareByRisk, scoreSecret } from '@mintmark/ledger/risk'
import { writeCorpus } from './generator/index.ts'
import { type Hit, type ReferenceHit, type ScanResult, objectName } from './hit.ts'

/** The scan of a whole corpus by the product's own path, and the inventory that it makes of it. */
export interface ConnectorResult extends ScanResult {
  readonly report: ScanReport
  /** Every line that would leave the scanner, for the leak test. */
  readonly output: string
}

/** A clock of its own, so that two runs of one seed agree. */
const NOW = new Date('2026-01-01T00:00:00.000Z')

function resultOf(events: readonly ScanEvent[]): ScanResult {
  const hits: Hit[] = []
  const references: ReferenceHit[] = []
  for (const event of events) {
    if (event.type !== 'observation') continue
    const { observation } = event
    if (observation.entity === 'reference')
      references.push({
        object: objectName(observation.object),
        path: observation.path,
        ...(observation.field === undefined ? {} : { field: observation.field }),
      })
    if (observation.entity !== 'occurrence') continue
    const { finding, field, object, path, position } = observation
    hits.push({
      object: objectName(object),
      kind: finding.kind,
      role: finding.role,
      path,
      position,
      fingerprint: finding.fingerprint,
      ...(field === undefined ? {} : { field }),
    })
  }
  return { hits, references }
}

function inventoryOf(
  events: readonly ScanEvent[],
  detector: Detector,
  key: FingerprintKey,
  source: { readonly key: string; readonly name: string },
): ScanReport {
  const startedAt = NOW.toISOString()
  return buildInventory({
    header: {
      type: 'scan',
      version: LIMITS.documentVersion,
      scanId: '00000000-0000-4000-8000-000000000000',
      connector: 'kubernetes',
      source,
      mode: 'full',
      startedAt,
      scanner: { version: 'bench', rules: detector.rules },
      fingerprintKeyId: key.id,
    },
    events,
    policy: MAX_V1.version,
    now: NOW,
    score: (facts, now) => scoreSecret(facts, MAX_V1, now),
    compare: compareByRisk,
  })
}

/** Scans by the product's own path what was opened, and closes it. */
export async function scanOpened(opened: KubernetesSource, detector: Detector, key: FingerprintKey): Promise<ConnectorResult> {
  const { signal } = new AbortController()
  try {
    const events: ScanEvent[] = []
    for await (const event of opened.collect(detector, { signal, clock: () => NOW })) events.push(event)
    const report = inventoryOf(events, detector, key, opened.source)
    return { ...resultOf(events), report, output: `${JSON.stringify(events)}\n${JSON.stringify(report)}` }
  } finally {
    await opened.close()
  }
}

/** Writes the corpus as manifests and scans the folder as `spirlctl scan kubernetes --manifests` does. */
export async function scanManifests(seed: string, count: number, detector: Detector, key: FingerprintKey): Promise<ConnectorResult> {
  const folder = await mkdtemp(join(tmpdir(), 'mintmark-corpus-'))
  try {
    const { manifests } = await writeCorpus(seed, count, folder)
    const opened = await openKubernetes({ source: { type: 'manifests', directory: manifests }, clusterName: 'bench' }, new AbortController().signal)
    return await scanOpened(opened, detector, key)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
