import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { createLog, describeError, type Log } from '@mintmark/control-plane'
import { explainError, UserError } from '@mintmark/ledger/model'
import { cacheOnDisk } from '@mintmark/mint/server'
import { StorageUnavailableError } from '@mintmark/storage'
import { openDataFolder } from '../serving/data-folder.ts'
import { startHttpServer } from '../serving/http-server.ts'
import { readMasterKey } from '../serving/master-key.ts'
import { listenForStop, untilStopped } from '../serving/stop.ts'
import { readSettings, type Settings } from '../settings/read.ts'
import { openLateStore } from './late-store.ts'
import { startTrustDomain } from './start.ts'

const HELP = `The trust domain server of Mintmark by itself: any number of replicas on one database.

Usage: trust-domain-server [flags]
Example: DATABASE_URL=postgresql://mint@db/mint MINTMARK_MASTER_KEY_FILE=/etc/mintmark/master.key trust-domain-server --trust-domain example.org --agent-listen 0.0.0.0:7421

Settings are those of the control plane (docs/settings.md): flags, environment, settings file.
It needs DATABASE_URL and, for several replicas, one MINTMARK_MASTER_KEY_FILE.
`

/** Runs a trust domain server until it is told to stop. @returns the exit code: 0 stopped in order, 1 failed, 2 wrong settings */
export async function main(args: readonly string[], environment: Readonly<Record<string, string | undefined>>): Promise<number> {
  let settings: Settings
  try {
    settings = readSettings(args, { MINTMARK_DATA: defaultFolder(environment), ...environment })
    if (!settings.help && settings.databaseUrl === undefined) {
      throw new UserError(
        'settings-missing',
        'DATABASE_URL is not set.',
        'Set it to the PostgreSQL database that all replicas share, or use "npm start", which brings one.',
      )
    }
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    process.stderr.write(explainError(error))
    return 2
  }
  if (settings.help) {
    process.stdout.write(HELP)
    return 0
  }
  const log = createLog({ level: settings.logLevel ?? 'info', format: settings.logFormat ?? 'json', destination: process.stderr })
  const stop = listenForStop(log)
  try {
    await serve(settings, log, stop.signal)
    return 0
  } catch (error) {
    if (error instanceof UserError) process.stderr.write(explainError(error))
    else if (error instanceof StorageUnavailableError) process.stderr.write(`${error.message}\n\n  ${error.remedy}\n`)
    else log.fatal(describeError(error), 'The trust domain server failed')
    return 1
  } finally {
    stop.end()
  }
}

async function serve(settings: Settings, log: Log, signal: AbortSignal): Promise<void> {
  await using stack = new AsyncDisposableStack()
  const folder = await openDataFolder(settings.data)
  stack.defer(() => folder.unlock())
  const http = await startHttpServer(settings.listen, () => new Response('The server is starting.\n', { status: 503, headers: { 'retry-after': '1' } }))
  stack.defer(() => http.stop())
  const cacheFile = join(settings.data, 'cache', `${settings.trustDomain}.json`)
  const store = await openLateStore({ connectionString: settings.databaseUrl ?? '' }, existsSync(cacheFile), log, stack)
  const cached = await cacheOnDisk(store.mint, cacheFile, log)
  stack.defer(() => cached.flush())
  const publicUrl = settings.publicUrl ?? http.url
  const running = await startTrustDomain(
    {
      settings,
      master: await readMasterKey(settings),
      stores: cached.stores,
      rememberAssertion: (jti, expiresAt) => store.rememberAssertion(jti, expiresAt),
      log,
      publicUrl,
    },
    stack,
  )
  http.handle((request) => {
    const { pathname } = new URL(request.url)
    // A server without its database issues all the same, so it is ready.
    if (pathname === '/healthz' || pathname === '/readyz') return Response.json({ status: 'ok', database: store.isOpen ? 'reached' : 'away' })
    return running.server.handlePublic(request) ?? new Response('There is nothing here.\n', { status: 404 })
  })
  await untilStopped(signal)
}

/** A folder of its own beside the control plane's (XDG Base Directory Specification, section 3). */
function defaultFolder(environment: Readonly<Record<string, string | undefined>>): string {
  const base = environment['XDG_DATA_HOME']
  return join(base !== undefined && base.startsWith('/') ? base : join(environment['HOME'] ?? homedir(), '.local', 'share'), 'mintmark', 'trust-domain-server')
}
