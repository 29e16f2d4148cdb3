// Plain JavaScript, so that an older Node can still say what is missing instead of failing on TypeScript.
const NODE_MAJOR_MIN = 26

if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR_MIN) {
  await import('../control-plane.ts')
} else {
  process.stderr.write(
    `The control plane needs Node ${NODE_MAJOR_MIN} or newer; this is ${process.version}.\n\n` +
      '  Start it with "npm start" after "npm ci --ignore-scripts": on Linux that brings its own Node. Elsewhere install Node from https://nodejs.org\n',
  )
  process.exitCode = 1
}
