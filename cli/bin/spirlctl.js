#!/usr/bin/env node
// Plain JavaScript for Node 20 and newer: it only finds a Node that runs the TypeScript sources, then steps aside.
import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import module, { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'

const NODE_MAJOR_MIN = 26

if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR_MIN) {
  cacheCompiledCode()
  const [noun, verb] = process.argv.slice(2)
  if (noun === 'scan' && verb === 'kubernetes') await (await import('../scan/fresh-process.ts')).continueInFreshProcess()
  const { main } = await import('../main.ts')
  process.exitCode = await main(process.argv.slice(2))
} else {
  runWith(findBundledNode())
}

/** Compiled code is kept in the user's own cache folder: a shared folder such as /tmp would let others choose what runs here. */
function cacheCompiledCode() {
  if (process.env.NODE_COMPILE_CACHE !== undefined) return
  const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'mintmark', 'compiled')
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    module.enableCompileCache(folder)
  } catch {
    // A read-only home only costs some milliseconds.
  }
}

/** The Node that the lockfile brings; on systems without one the user has to bring it. */
function findBundledNode() {
  const name = `node-linux-${process.arch}/bin/node`
  try {
    return createRequire(import.meta.url).resolve(name)
  } catch {
    process.stderr.write(
      `spirlctl needs Node ${NODE_MAJOR_MIN} or newer; this is ${process.version}, and none is installed beside it.\n\n` +
        '  Run "npm ci --ignore-scripts" in the checkout (Linux brings its own Node), or install Node from https://nodejs.org\n',
    )
    process.exit(1)
  }
}

function runWith(node) {
  const child = spawn(node, process.argv.slice(1), { stdio: 'inherit' })
  // A terminal sends Ctrl-C to both processes itself; forwarding it as well would count twice.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    })
  }
  child.on('error', (error) => {
    process.stderr.write(`spirlctl could not start ${node}: ${error.code}\n\n  Run "npm ci --ignore-scripts" again.\n`)
    process.exitCode = 1
  })
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 1
    if (signal === null) return
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}
