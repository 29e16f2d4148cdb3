import { writeSync } from 'node:fs'
import { openStore } from '@mintmark/storage'
import { createDerivation } from './derivation.ts'
import { createTestPlane, scanEvents, scanHeader, sendScan } from '../testing.ts'

/** The control plane that the test kills: it takes a scan with its end, says when it is in the middle of scoring, and then stands still. */
const [address = ''] = process.argv.slice(2)
const derivation = createDerivation()
let scored = 0
const plane = createTestPlane(await openStore(JSON.parse(address)), {
  derivation: {
    ...derivation,
    scoreSecret: (...input) => {
      scored += 1
      if (scored === 2) {
        writeSync(1, 'in the middle\n')
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000)
      }
      return derivation.scoreSecret(...input)
    },
  },
})
const { token } = await plane.scanner('cluster one')
await sendScan(plane.client(token), scanHeader(), scanEvents(['one', 'two', 'three']))
