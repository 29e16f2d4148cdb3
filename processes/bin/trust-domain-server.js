// Plain JavaScript, so that an older Node can still say what is missing instead of failing on TypeScript.
const NODE_MAJOR_MIN = 26

if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR_MIN) {
  await import('../trust-domain-server.ts')
} else {
  process.stderr.write(
    `The trust domain server needs Node ${NODE_MAJOR_MIN} or newer; this is ${process.version}.\n\n` +
      '  On Linux, "npm ci --ignore-scripts" brings it: node_modules/.bin/node processes/trust-domain-server.ts. Elsewhere install Node from https://nodejs.org\n',
  )
  process.exitCode = 1
}
