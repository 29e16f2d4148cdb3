#!/usr/bin/env node
// Plain JavaScript, so that an older Node can still say what is missing instead of failing on TypeScript.
import { setFlagsFromString } from 'node:v8'

const NODE_MAJOR_MIN = 26

if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR_MIN) {
  // An agent runs on every node: a small young generation, lazy growth and no optimising compilers keep it under its memory bars.
  // A cached token costs twice the time without those compilers, and is still several times below its bar.
  setFlagsFromString('--max-semi-space-size=4')
  setFlagsFromString('--optimize-for-size')
  setFlagsFromString('--no-opt')
  setFlagsFromString('--no-maglev')
  await import('../agent.ts')
} else {
  process.stderr.write(
    `The agent needs Node ${NODE_MAJOR_MIN} or newer; this is ${process.version}.\n\n` +
      '  After "npm ci --ignore-scripts" Node lies in node_modules/.bin on Linux; elsewhere install it from https://nodejs.org\n',
  )
  process.exitCode = 1
}
