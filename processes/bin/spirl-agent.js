#!/usr/bin/env node
// Plain JavaScript, so that an older Node can still say what is missing instead of failing on TypeScript.
import { setFlagsFromString } from 'node:v8'

const NODE_MAJOR_MIN = 26

if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR_MIN) {
  // An agent runs on every node. What each of these gives and takes stands in docs/decisions/0005-memory-of-the-agent.md.
  for (const flag of ['--semi-space-growth-factor=1', '--gc-memory-reducer-start-delay-ms=2000', '--no-opt']) setFlagsFromString(flag)
  await import('../agent.ts')
} else {
  process.stderr.write(
    `The agent needs Node ${NODE_MAJOR_MIN} or newer; this is ${process.version}.\n\n` +
      '  After "npm ci --ignore-scripts" Node lies in node_modules/.bin on Linux; elsewhere install it from https://nodejs.org\n',
  )
  process.exitCode = 1
}
