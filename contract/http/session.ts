import { z } from '@hono/zod-openapi'
import { HTTP_LIMITS } from './limits.ts'
import { json } from './page.ts'
import { problemResponses } from './problem.ts'
import { declareRoute } from './route.ts'

/** Who is signed in. */
export const Session = z
  .object({
    kind: z.enum(['administrator', 'scanner']),
    integrationId: z.string().max(64).optional().describe('Of a scanner'),
    expiresAt: z.iso.datetime(),
  })
  .openapi('Session')
export type Session = z.infer<typeof Session>

/** The bearer token of `spirlctl login`; absent when the browser got a cookie instead. */
export const NewSession = Session.extend({ token: z.string().max(HTTP_LIMITS.tokenCharsMax).optional().describe('Shown once') }).openapi('NewSession')
export type NewSession = z.infer<typeof NewSession>

/** Exchanges the code of a one-time administrator link. */
export const createSession = declareRoute({
  method: 'post',
  path: '/api/v1/session',
  operationId: 'createSession',
  summary: 'Sign in with the code of a one-time link',
  description:
    'The code is what stands behind # in the link that the control plane prints. It works once. `as: token` answers a bearer token, `as: cookie` sets a session cookie.',
  'x-permission': 'public',
  request: {
    body: {
      required: true,
      content: {
        'application/json': {
          schema: z.object({ code: z.string().min(1).max(HTTP_LIMITS.tokenCharsMax), as: z.enum(['token', 'cookie']).default('token') }),
        },
      },
    },
  },
  responses: { 200: json('Signed in', NewSession), ...problemResponses },
})

/** `GET /api/v1/session` */
export const getSession = declareRoute({
  method: 'get',
  path: '/api/v1/session',
  operationId: 'getSession',
  summary: 'Who is signed in',
  'x-permission': 'session',
  responses: { 200: json('The caller', Session), ...problemResponses },
})

/** `DELETE /api/v1/session` */
export const deleteSession = declareRoute({
  method: 'delete',
  path: '/api/v1/session',
  operationId: 'deleteSession',
  summary: 'Sign out: withdraws the token or cookie of this request',
  'x-permission': 'session',
  responses: { 204: { description: 'Signed out' }, ...problemResponses },
})
