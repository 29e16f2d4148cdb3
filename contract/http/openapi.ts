import { OpenAPIHono } from '@hono/zod-openapi'
import { routes } from './routes.ts'

const DESCRIPTION = `The interface of a Mintmark control plane.

Send \`Authorization: Bearer <token>\`: \`spirlctl login\` stores one for a person, \`createScannerToken\` gives one to a scanner.
Every error is an RFC 9457 problem whose \`type\` is stable. Lists page by \`pageToken\`; filters stay the same while paging.
\`x-permission\` names what a route demands. No answer holds a secret value.`

/** The OpenAPI 3.1 document of all routes. `docs/openapi.json` is this, formatted. */
export function openApiDocument() {
  const app = new OpenAPIHono()
  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', { type: 'http', scheme: 'bearer' })
  app.openAPIRegistry.registerComponent('securitySchemes', 'session', { type: 'apiKey', in: 'cookie', name: 'mintmark_session' })
  for (const route of Object.values(routes)) {
    const security = route['x-permission'] === 'public' ? [] : [{ bearer: [] }, { session: [] }]
    app.openAPIRegistry.registerPath({ ...route, security })
  }
  return app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: { title: 'Mintmark', version: '1', description: DESCRIPTION, license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' } },
    servers: [{ url: '/' }],
  })
}
