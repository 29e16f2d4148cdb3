import { writeFile } from 'node:fs/promises'
import { scanReportSchema } from './json.ts'

/** Writes docs/schema/scan-report.json anew; a test compares the file with the code. Run: node cli/report/publish-schema.ts */
await writeFile(new URL('../../docs/schema/scan-report.json', import.meta.url), `${JSON.stringify(scanReportSchema(), undefined, 2)}\n`)
