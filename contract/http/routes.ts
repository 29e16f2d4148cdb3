import { getApplication, listApplications } from './applications.ts'
import { listChanges } from './changes.ts'
import { getDeployment, listDeployments } from './deployments.ts'
import { getHealth, getMetrics, getOpenApi, getReadiness } from './health.ts'
import { getIdentity, listIdentities } from './identities.ts'
import { createIntegration, deleteIntegration, getIntegration, listIntegrations } from './integrations.ts'
import { mintRoutes } from './mint/routes.ts'
import { listReferences } from './references.ts'
import { createScannerToken, getFingerprintKey } from './scanner.ts'
import { appendChunk, beginScan, endScan, getScan, listScans } from './scans.ts'
import { getSecret, listOccurrences, listSecrets, traceSecret } from './secrets.ts'
import { createSession, deleteSession, getSession } from './session.ts'
import { traceApplication, traceDeployment, traceIdentity } from './traces.ts'
import type { Permission } from './permission.ts'

/** Every route of the control plane by its operationId. The server, the client, the OpenAPI document and the access test all walk this table. */
export const routes = {
  getHealth,
  getReadiness,
  getMetrics,
  getOpenApi,
  createSession,
  getSession,
  deleteSession,
  createIntegration,
  listIntegrations,
  getIntegration,
  deleteIntegration,
  createScannerToken,
  getFingerprintKey,
  beginScan,
  appendChunk,
  endScan,
  getScan,
  listScans,
  listChanges,
  listApplications,
  getApplication,
  traceApplication,
  listDeployments,
  getDeployment,
  traceDeployment,
  listIdentities,
  getIdentity,
  traceIdentity,
  listSecrets,
  getSecret,
  listOccurrences,
  traceSecret,
  listReferences,
  ...mintRoutes,
} as const satisfies Record<string, { readonly operationId: string; readonly 'x-permission': Permission }>

/** The table as a type, from which the client's methods follow. */
export type Routes = typeof routes
/** Name of a route. */
export type OperationId = keyof Routes
