import { mkdirSync } from 'node:fs'
import module from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'

cacheCompiledCode()
const { main } = await import('./serving/main.ts')
process.exitCode = await main(process.argv.slice(2))

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
