import { ScanReport } from '@mintmark/contract/scan'
import { z } from 'zod'

/** The whole report as indented JSON. */
export function renderScanJson(report: ScanReport): string {
  return `${JSON.stringify(report, undefined, 2)}\n`
}

/** JSON Schema (draft 2020-12) of what {@link renderScanJson} prints; published as docs/schema/scan-report.json. */
export function scanReportSchema(): object {
  const schema = z.toJSONSchema(ScanReport, { target: 'draft-2020-12', io: 'output', reused: 'ref' })
  return {
    $id: 'urn:mintmark:schema:scan-report:1',
    title: 'Scan report of spirlctl',
    description:
      'What "spirlctl scan kubernetes -o json" prints: applications, deployments, identities and static secrets of one cluster. No field can hold a secret value.',
    ...schema,
  }
}
