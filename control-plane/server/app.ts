import { OpenAPIHono } from '@hono/zod-openapi'
import { routes } from '@mintmark/contract/http'
import type { FingerprintKey } from '@mintmark/ledger/model'
import type { Derivation, Store } from '@mintmark/storage'
import { guard } from '../access/guard.ts'
import { mountAccess } from '../access/routes.ts'
import { mountIntegrations } from '../api/integrations.ts'
import { mountInventory } from '../api/inventory.ts'
import { mountScans } from '../api/scans.ts'
import { mountTraces } from '../api/traces.ts'
import { createIssuedIdentities } from '../mint/issued.ts'
import { mountMint } from '../mint/routes.ts'
import type { Mint } from '../mint/operations.ts'
import { createPublisher, type Publisher } from '../ingest/publisher.ts'
import { mountFingerprintKey } from '../ingest/fingerprint-key.ts'
import { mountIngest } from '../ingest/routes.ts'
import { guardBody } from './bodies.ts'
import type { App, AppEnvironment } from './environment.ts'
import { answerError, answerNotFound } from './errors.ts'
import { securityHeaders } from './headers.ts'
import { mountHealth } from './health.ts'
import type { Log } from './log.ts'
import { mountLoginPage } from './login-page.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { watchRequests } from './requests.ts'
import { refuseInvalidInput } from './validation.ts'

/** What a control plane is built from. */
export interface ControlPlaneOptions {
  readonly store: Store
  /** Linking and risk, which storage asks while it publishes a scan. */
  readonly derivation: Derivation
  readonly log: Log
  /** Absent: Mint's routes answer that no server is there. */
  readonly mint?: Mint
  /** The managed key, which scanners are given; absent: they bring their own. */
  readonly fingerprintKey?: FingerprintKey | undefined
  readonly clock?: () => Date
  /** Address of this server as its users know it, asked at each use because the port may be chosen by the system. */
  readonly publicUrl: () => string
}

/** A control plane that serves requests as soon as something passes them to `app.fetch`. */
export interface ControlPlane {
  readonly app: App
  readonly publisher: Publisher
  readonly metrics: Metrics
}

/** Everything that the API promises, on a store. Nothing listens yet: `app.fetch` serves requests. */
export function createControlPlane(options: ControlPlaneOptions): ControlPlane {
  const { store, derivation, log, publicUrl } = options
  const clock = options.clock ?? (() => new Date())
  const metrics = createMetrics()
  const publisher = createPublisher({ scans: store.scans, derivation, clock, log, metrics })
  const app = new OpenAPIHono<AppEnvironment>({ defaultHook: refuseInvalidInput })
  app.onError(answerError(log))
  app.notFound(answerNotFound())
  app.use('*', watchRequests(log, metrics), securityHeaders())
  // Every route of the table gets its guard here, before any handler exists: a handler cannot be reached around it.
  for (const route of Object.values(routes)) {
    const path = route.path.replaceAll(/\{(\w+)\}/g, ':$1')
    app.on(route.method.toUpperCase(), path, guard(route['x-permission'], store.access, clock), ...guardBody(route))
  }
  mountHealth(app, { store, metrics })
  mountLoginPage(app)
  mountAccess(app, { access: store.access, integrations: store.integrations, clock, publicUrl })
  mountFingerprintKey(app, options.fingerprintKey)
  mountIntegrations(app, { integrations: store.integrations, clock })
  mountIngest(app, { scans: store.scans, publisher, clock, metrics })
  mountScans(app, { scans: store.scans, integrations: store.integrations, publisher })
  const issued = createIssuedIdentities(store.mint, clock)
  mountInventory(app, { inventory: store.inventory, issued })
  mountTraces(app, { inventory: store.inventory, issued })
  mountMint(app, { mint: options.mint, log })
  return { app, publisher, metrics }
}
