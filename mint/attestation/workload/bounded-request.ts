import type { IncomingMessage, RequestOptions } from 'node:http'

/** What came back, whole. */
export interface BoundedResponse {
  readonly status: number
  readonly body: Buffer
}

/** The answer is longer than somebody wants to hold. */
class ResponseTooLargeError extends Error {
  constructor(bytesMax: number) {
    super(`the answer is larger than ${bytesMax} bytes`)
    this.name = 'ResponseTooLargeError'
  }
}

/** A GET by `node:http` or `node:https`, bounded in bytes and in time by its signal. Follows no redirects. */
export async function getBounded(
  get: (options: RequestOptions, onResponse: (response: IncomingMessage) => void) => { on(event: 'error', listener: (error: Error) => void): unknown },
  options: RequestOptions & { readonly signal: AbortSignal },
  bytesMax: number,
): Promise<BoundedResponse> {
  return await new Promise((resolve, reject) => {
    const request = get(options, (response) => {
      const parts: Buffer[] = []
      let bytes = 0
      response.on('data', (part: Buffer) => {
        bytes += part.length
        if (bytes > bytesMax) response.destroy(new ResponseTooLargeError(bytesMax))
        else parts.push(part)
      })
      response.once('error', reject)
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts) }))
      // A connection that breaks in the middle of a body ends in neither of the two above.
      response.once('close', () => reject(new Error('the connection was closed before the answer was complete')))
    })
    request.on('error', reject)
  })
}
