import type { Detector } from '@mintmark/ledger/detection'
import { extractGroups } from './extract.ts'
import type { JsonObject } from './generator/index.ts'
import { type Hit, type ReferenceHit, type ScanResult, objectName } from './hit.ts'

/** Our detector over API objects. */
export function scanWithDetector(detector: Detector, objects: Iterable<JsonObject>): ScanResult {
  const hits: Hit[] = []
  const references: ReferenceHit[] = []
  for (const object of objects) {
    for (const group of extractGroups(object)) {
      const detection = detector.detect(group.entries, group.context)
      for (const { entry, field, position, finding } of detection.findings) {
        hits.push({
          object: objectName(group.object),
          kind: finding.kind,
          role: finding.role,
          path: group.paths[entry] ?? '',
          position,
          fingerprint: finding.fingerprint,
          ...(field === undefined ? {} : { field }),
        })
      }
      for (const { entry, field } of detection.references)
        references.push({ object: objectName(group.object), path: group.paths[entry] ?? '', ...(field === undefined ? {} : { field }) })
    }
  }
  return { hits, references }
}
