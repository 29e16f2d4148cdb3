export { createOneTimeCode, oneTimeLink } from './access/administrator.ts'
export { createIntegration, type NewIntegration } from './api/integrations.ts'
export { createControlPlane, type ControlPlane, type ControlPlaneOptions } from './server/app.ts'
export { createLog, describeError, type Log } from './server/log.ts'
