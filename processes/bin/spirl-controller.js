// Plain JavaScript, so that an older Node can still say what is missing instead of failing on TypeScript.
const NODE_MAJOR_MIN = 26

if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR_MIN) {
  await import('../controller.ts')
} else {
  process.stderr.write(
    `The controller needs Node ${NODE_MAJOR_MIN} or newer; this is ${process.version}.\n\n` +
      '  On Linux, "npm ci --ignore-scripts" brings it: npx --no-install spirl-controller. Elsewhere install Node from https://nodejs.org\n',
  )
  process.exitCode = 1
}
