import { writeSync } from 'node:fs'
import { openStore } from '../open.ts'
import { EXAMPLE_NOW, exampleDerivation } from './example-scans.ts'

/** The process that the crash test kills: it publishes, says when it is in the middle, and then stands still. */
const [address = '', scanId = '', end = ''] = process.argv.slice(2)
const store = await openStore(JSON.parse(address))
let scored = 0
await store.scans.publish(
  scanId,
  JSON.parse(end),
  {
    ...exampleDerivation,
    scoreSecret: (...input) => {
      scored += 1
      if (scored === 150) {
        writeSync(1, 'in the middle\n')
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000)
      }
      return exampleDerivation.scoreSecret(...input)
    },
  },
  EXAMPLE_NOW,
)
