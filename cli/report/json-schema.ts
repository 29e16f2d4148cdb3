import { ScanReport } from '@mintmark/contract/scan'
import { z } from 'zod'

/** JSON Schema (draft 2020-12) of what `-o json` prints; published as docs/schema/scan-report.json. Apart from the printing, which needs no schemas. */
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
