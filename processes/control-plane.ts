import { mkdirSync } from 'node:fs'
import module from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'

const NODE_MAJOR_MIN = 26

if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR_MIN) {
  cacheCompiledCode()
  const { main } = await import('./serving/main.ts')
  process.exitCode = await main(process.argv.slice(2))
} else {
  process.stderr.write(
    `The control plane needs Node ${NODE_MAJOR_MIN} or newer; this is ${process.version}.\n\n` +
      '  Start it with "npm start" after "npm ci --ignore-scripts": on Linux that brings its own Node. Elsewhere install Node from https://nodejs.org\n',
  )
  process.exitCode = 1
}

/** Compiled code is kept in the user's own cache folder: a shared folder such as /tmp would let others choose what runs here. */
function cacheCompiledCode(): void {
  if (process.env['NODE_COMPILE_CACHE'] !== undefined) return
  const folder = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'mintmark', 'compiled')
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    module.enableCompileCache(folder)
  } catch {
    // A read-only home only costs some milliseconds.
  }
}
