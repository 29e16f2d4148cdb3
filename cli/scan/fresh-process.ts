import { access, writeFile } from 'node:fs/promises'
import module from 'node:module'
import { join } from 'node:path'
import { keepHeapSmall } from './memory.ts'

/**
 * glibc gives every thread of V8 a pool of its own and seldom returns what lies in them; one pool is enough for a process whose threads
 * mostly wait. It is read when a process starts, and so it also tells that this process has been replaced.
 */
const POOLS = 'MALLOC_ARENA_MAX'
const POOLS_MAX = '1'

/** Stands in the folder of compiled code once the engine lies there too. */
const MARK = 'scan-engine'

/**
 * Begins again as the same process with a small memory, because a scan that stays for months should not keep what its start took.
 * Does not return where that works; where it does not (other systems), the scan goes on as it is.
 *
 * The first scan of a machine compiles the engine, which takes as much memory as the scan: that is done before.
 */
export async function continueInFreshProcess(): Promise<void> {
  const { execve, env, execPath, execArgv, argv, platform } = process
  if (platform !== 'linux' || env[POOLS] !== undefined || execve === undefined) return
  await compileEngineOnce()
  try {
    execve.call(process, execPath, [execPath, ...execArgv, ...argv.slice(1)], { ...env, [POOLS]: POOLS_MAX })
  } catch {
    // A sandbox may forbid it; that costs some memory only.
  }
}

async function compileEngineOnce(): Promise<void> {
  const folder = module.getCompileCacheDir()
  if (folder === undefined) return
  const mark = join(folder, MARK)
  try {
    await access(mark)
  } catch {
    // Compiled code is kept by V8's settings, so they are those of the scan.
    keepHeapSmall()
    await Promise.all([import('../main.ts'), import('../program/program.ts'), import('./kubernetes.ts'), import('../report/ndjson.ts')])
    await Promise.all([import('@mintmark/ledger/detection'), import('@mintmark/ledger/connectors/kubernetes')])
    module.flushCompileCache()
    await writeFile(mark, '').catch(() => undefined)
  }
}
