import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import { answerReview, NotAReviewError } from './review.ts'
import type { InjectionSettings } from './settings.ts'
import { WEBHOOK_PATH } from './webhook-configuration.ts'

/** Largest review that is read, in bytes: a pod is 1.5 MiB at most, and an update carries it twice. */
const BODY_BYTES_MAX = 4 * 1024 * 1024
/** A client that sends nothing for this long is cut off, in milliseconds. */
const REQUEST_MS_MAX = 10_000
const CONNECTIONS_MAX = 1_000

/** A key and its certificates, PEM. */
export interface ServingCertificate {
  readonly key: string
  readonly cert: string
}

/** The webhook's HTTPS server. */
export interface WebhookServer {
  readonly port: number
  /** From the next connection on. */
  useCertificate(certificate: ServingCertificate): void
  close(): Promise<void>
}

/** What the server needs to answer. */
export interface WebhookServerOptions {
  readonly host: string
  readonly port: number
  readonly injection: InjectionSettings
  readonly certificate: ServingCertificate
  /** True when the API server knows where to find us; asked by `/readyz`. */
  readonly isReady: () => boolean
  readonly log: (fields: Readonly<Record<string, unknown>>) => void
}

/** Starts to listen: reviews on {@link WEBHOOK_PATH}, `/healthz`, `/readyz`. @throws Error when the address is taken */
export async function serveWebhook(options: WebhookServerOptions): Promise<WebhookServer> {
  const server = createServer({ ...options.certificate, minVersion: 'TLSv1.2' }, (request, response) => void answer(request, response, options))
  server.requestTimeout = REQUEST_MS_MAX
  server.headersTimeout = REQUEST_MS_MAX
  server.maxConnections = CONNECTIONS_MAX
  // A broken handshake is the caller's affair and must not end the process.
  server.on('tlsClientError', (_error, socket) => socket.destroy())
  await listen(server, options)
  return {
    port: portOf(server),
    useCertificate: (certificate) => server.setSecureContext({ ...certificate, minVersion: 'TLSv1.2' }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeIdleConnections()
      }),
  }
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('the server listens on no port')
  return address.port
}

async function listen(server: Server, { host, port }: WebhookServerOptions): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

async function answer(request: IncomingMessage, response: ServerResponse, options: WebhookServerOptions): Promise<void> {
  const path = (request.url ?? '').split('?')[0]
  if (path === '/healthz') return sendText(response, 200, 'ok')
  if (path === '/readyz') return options.isReady() ? sendText(response, 200, 'ok') : sendText(response, 503, 'the webhook is not registered yet')
  if (path !== WEBHOOK_PATH) return sendText(response, 404, 'not found')
  if (request.method !== 'POST') return sendText(response, 405, 'reviews are posted')
  try {
    const body = await readBody(request)
    if (body === undefined) return sendText(response, 413, `the review is larger than ${BODY_BYTES_MAX} bytes`)
    const text = JSON.stringify(answerReview(parseJson(body), options.injection))
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }).end(text)
  } catch (error) {
    if (error instanceof NotAReviewError) return sendText(response, 400, error.message)
    options.log({ level: 'error', logger: 'controller.webhook', msg: 'A review could not be answered', error: String(error) })
    return response.headersSent ? void response.destroy() : sendText(response, 500, "the review could not be answered; see the controller's log")
  }
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    throw new NotAReviewError('it is not JSON')
  }
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > BODY_BYTES_MAX) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain' }).end(text)
}
