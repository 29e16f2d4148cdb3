import { readFile } from 'node:fs/promises'
import { detectObject } from '@mintmark/ledger/connectors/kubernetes'
import { createDetector } from '@mintmark/ledger/detection'
import { benchKey } from './run-scorecard.ts'

/** A process of its own that judges every object of a file of JSON lines once, as a short scan does: nothing of it is compiled before. */
const [file = ''] = process.argv.slice(2)
const bytes = await readFile(file)
const detector = createDetector({ key: benchKey() })
let events = 0
for (let from = 0; from < bytes.length;) {
  const feed = bytes.indexOf(10, from)
  const end = feed === -1 ? bytes.length : feed
  if (end > from) events += detectObject(bytes.subarray(from, end), detector).length
  from = end + 1
}
process.stdout.write(`${events}\n`)
