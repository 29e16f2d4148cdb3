import { existsSync, readdirSync, statSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import module from 'node:module'
import { join } from 'node:path'
import { keepHeapSmall } from './memory.ts'

/**
 * glibc gives every thread of V8 a pool of its own and seldom returns what lies in them; one pool is enough for a process whose threads
 * mostly wait. It is read when a process starts, and so it also tells that this process has been replaced.
 */
const POOLS = 'MALLOC_ARENA_MAX'
const POOLS_MAX = '1'
/** Free bytes at the end of the pool from which they are given back. A number that is set also keeps glibc from raising it to what a scan once needed. */
const TRIM = 'MALLOC_TRIM_THRESHOLD_'
const TRIM_BYTES = `${128 * 1024}`

/** V8's nursery in MiB: with the one that it begins with, a tenth of a scan goes into moving objects that are garbage a moment later. */
const NURSERY_MEBIBYTES = 3
/**
 * How V8 keeps its memory. Marking bit by bit beside the work costs a tenth more processor time than short stops, which a scan does not mind; freed
 * pages go back to the system after a second instead of eight.
 */
const HEAP_FLAGS = [
  `--min-semi-space-size=${NURSERY_MEBIBYTES}`,
  `--max-semi-space-size=${NURSERY_MEBIBYTES}`,
  '--no-incremental-marking',
  '--memory-pool-timeout=1',
  '--no-large-page-pool',
]

/** Stands in the folder of compiled code once the engine lies there too, and says of which sources it was made. */
const MARK = 'scan-engine'
/** Most of what a scan loads lies in these, seen from here. */
const SOURCES = ['.', '../../ledger/detection', '../../ledger/connectors/kubernetes']

/**
 * Begins again as the same process with a small memory, because a scan that stays for months should not keep what its start took.
 * Does not return where that works; where it does not (other systems), the scan goes on as it is.
 *
 * The first scan of a machine compiles the engine, which takes as much memory as the scan, so it begins anew once more after that.
 */
export async function continueInFreshProcess(): Promise<void> {
  const { env, execArgv, platform } = process
  if (platform !== 'linux') return
  if (env[POOLS] === undefined) replaceProcess([...execArgv, ...HEAP_FLAGS])
  else if (execArgv.includes(HEAP_FLAGS[0] ?? '') && (await compileEngineFirst())) replaceProcess(execArgv)
}

function replaceProcess(execArgv: readonly string[]): void {
  const { env, execPath, argv } = process
  try {
    process.execve?.(execPath, [execPath, ...execArgv, ...argv.slice(1)], { [TRIM]: TRIM_BYTES, ...env, [POOLS]: POOLS_MAX })
  } catch {
    // A sandbox may forbid it; that costs some memory only.
  }
}

/** True when it was the first time with these sources: compiled code is kept by V8's settings, so they are those of the scan. */
async function compileEngineFirst(): Promise<boolean> {
  const folder = module.getCompileCacheDir()
  if (folder === undefined) return false
  const mark = join(folder, MARK)
  const sources = newestSource()
  const compiled = await readFile(mark, 'utf8').catch(() => '')
  if (compiled === sources) return false
  keepHeapSmall()
  await Promise.all([import('../main.ts'), import('../program/program.ts'), import('./kubernetes.ts'), import('../report/ndjson.ts')])
  await Promise.all([import('@mintmark/ledger/detection'), import('@mintmark/ledger/connectors/kubernetes')])
  module.flushCompileCache()
  // Where nothing can be kept, beginning anew would go round in a circle.
  return await writeFile(mark, sources).then(
    () => true,
    () => false,
  )
}

/** When the newest of the sources was written, so that a checkout that moved on is compiled again before it scans. */
function newestSource(): string {
  let newestMs = 0
  for (const source of SOURCES) {
    const folder = join(import.meta.dirname, source)
    const names = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }) : []
    for (const name of names) if (name.endsWith('.ts')) newestMs = Math.max(newestMs, statSync(join(folder, name)).mtimeMs)
  }
  return `${newestMs}`
}
