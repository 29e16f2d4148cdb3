import { createControlPlane, createDerivation, createOneTimeCode, describeError, oneTimeLink, type Log } from '@mintmark/control-plane'
import { UserError } from '@mintmark/ledger/model'
import type { Store } from '@mintmark/storage'
import { askWhatToScan } from '../first-scan/ask.ts'
import { chooseScan } from '../first-scan/choose.ts'
import { findCurrentContext } from '../first-scan/current-context.ts'
import { renderFirstScan, runFirstScan } from '../first-scan/run.ts'
import type { Settings } from '../settings/read.ts'
import { createMint } from '../mint/operations.ts'
import { startTrustDomain, type StartTrustDomain } from '../trust-domain/start.ts'
import { openDataFolder } from './data-folder.ts'
import { openDatabase, type Database, type DatabaseNotes } from './database.ts'
import { openFingerprintKey } from './fingerprint-key.ts'
import { keepHistory } from './history.ts'
import { startHttpServer } from './http-server.ts'
import { readMasterKey } from './master-key.ts'
import { answerWhileStarting } from './starting.ts'
import { untilStopped } from './stop.ts'
import { renderBanner, type Terminal, terminalOf } from './terminal.ts'

/**
 * The composition root: locks the data folder, listens, starts the database, serves, scans once while the inventory is empty, and waits.
 * Everything is ended in the opposite order: no new requests, publications under way, store, database, lock.
 */
export async function serve(settings: Settings, log: Log, signal: AbortSignal): Promise<void> {
  await using stack = new AsyncDisposableStack()
  const folder = await openDataFolder(settings.data)
  stack.defer(() => folder.unlock())
  // The port is taken first, so that a taken one is known before a database starts; the server stops first all the same.
  const server = await startHttpServer(settings.listen, answerWhileStarting)
  const serving = stack.use(new AsyncDisposableStack())
  await using listening = new AsyncDisposableStack()
  listening.defer(() => server.stop())
  const database = await openDatabase(settings, databaseNotes(log), serving)
  const publicUrl = settings.publicUrl ?? server.url
  // Whoever needs it reads it: an inventory without managed keys starts also when the master key is lost.
  const fingerprintKey = settings.fingerprintKey === 'own' ? undefined : await openFingerprintKey(database.store.fingerprintKey, await readMasterKey(settings))
  const trustDomain = settings.mint
    ? await startTrustDomain({ settings, master: await readMasterKey(settings), ...mintStores(database.store), log, publicUrl }, serving)
    : undefined
  const mint = createMint({ served: trustDomain, stores: database.store.mint, now: () => new Date(), log })
  const { app, publisher } = createControlPlane({
    store: database.store,
    derivation: createDerivation(),
    log,
    mint,
    fingerprintKey,
    publicUrl: () => publicUrl,
  })
  serving.defer(() => publisher.settle())
  const { scans } = database.store
  const keeping = new AbortController()
  const history = keepHistory({ scans, days: settings.historyDays, clock: () => new Date(), log }, keeping.signal)
  serving.defer(async () => {
    keeping.abort()
    await history
  })
  // Scans that were under way when the last process ended are finished beside everything else.
  const resuming = publisher.resume().catch((error: unknown) => log.error(describeError(error), 'Scans could not be resumed'))
  serving.defer(() => resuming)
  server.handle((request) => trustDomain?.server.handlePublic(request) ?? app.fetch(request))
  log.info({ ms: Math.round(performance.now()), database: database.kind }, 'Ready')

  const terminal = terminalOf(process.env)
  const link = await newLink(database.store, settings, publicUrl)
  // Counted from the start of the process, so that loading the code is in it.
  const readySeconds = performance.now() / 1_000
  terminal.print(
    renderBanner({
      url: publicUrl,
      readySeconds,
      data: settings.data,
      database: database.kind,
      link,
      trustDomain: trustDomain && { name: settings.trustDomain, agents: `${trustDomain.agents.host}:${trustDomain.agents.port}` },
      isExposed: !isLoopback(settings.listen.host) && settings.publicUrl === undefined,
    }),
  )
  await scanAtStart({ settings, log, signal, terminal, database, server: server.url, publicUrl, link })
  await untilStopped(signal)
}

/** What the trust domain server takes of the store. */
function mintStores(store: Store): Pick<StartTrustDomain, 'stores' | 'rememberAssertion'> {
  return { stores: store.mint, rememberAssertion: (jti, expiresAt) => store.access.rememberAssertion(jti, expiresAt, new Date()) }
}

function databaseNotes(log: Log): DatabaseNotes {
  return {
    migrated: (names) => log.info({ names }, 'Migrations were applied'),
    attention: (sentence) => log.warn({ note: sentence }, 'Database'),
  }
}

async function newLink(store: Store, settings: Settings, publicUrl: string): Promise<string | undefined> {
  const now = new Date()
  if (!settings.adminLink && (await store.access.hasAdministrator(now))) return undefined
  const { code } = await createOneTimeCode(store.access, now)
  return oneTimeLink(publicUrl, code)
}

interface StartScan {
  readonly settings: Settings
  readonly log: Log
  readonly signal: AbortSignal
  readonly terminal: Terminal
  readonly database: Database
  /** Address that this process itself reaches the server by. */
  readonly server: string
  readonly publicUrl: string
  readonly link: string | undefined
}

/** A scan that fails is told and leaves the server running: it can be repeated. */
async function scanAtStart({ settings, log, signal, terminal, database, server, publicUrl, link }: StartScan): Promise<void> {
  try {
    const choice = await chooseScan({
      settings,
      inventoryIsEmpty: () => database.store.inventory.isEmpty(),
      canAsk: terminal.canAsk,
      currentContext: () => findCurrentContext(process.env),
      ask: (context) => askWhatToScan(context, signal),
    })
    if (choice.scan === 'none' || signal.aborted) return
    terminal.print(
      choice.scan === 'sample'
        ? 'Scanning the bundled sample cluster: made-up objects, nothing of it is real.\n'
        : `Scanning the cluster of kubeconfig context "${choice.context}".\n`,
    )
    const { integrations } = database.store
    const onNotice = (sentence: string): void => log.warn({ note: sentence }, 'Scan at start')
    const scan = await runFirstScan({
      choice,
      server,
      dataFolder: settings.data,
      integrations,
      environment: process.env,
      signal,
      now: () => new Date(),
      onNotice,
    })
    terminal.print(`${renderFirstScan(scan, choice, { server: publicUrl, link, color: terminal.color, width: terminal.width })}\n`)
  } catch (error) {
    if (signal.aborted) return
    log.error(describeError(error), 'The scan at start failed')
    const words = error instanceof UserError ? `${error.message}\n\n  ${error.remedy}` : 'It failed for a reason that was not foreseen; the log has its place.'
    terminal.print(`The scan did not succeed. ${words}\n\nThe control plane goes on running.\n`)
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.')
}
