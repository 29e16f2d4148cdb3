/** What the API server answered; the body is parsed JSON, or undefined when it was none. */
export interface KubernetesAnswer {
  readonly status: number
  readonly body: unknown
}

/** The few writes that the controller makes; the process brings a client with its credentials. */
export interface KubernetesApi {
  /**
   * One request, one attempt.
   *
   * @param contentType of the body; `application/apply-patch+yaml` for server-side apply (JSON is YAML)
   * @throws Error when no answer came
   */
  request(method: 'GET' | 'POST' | 'PUT' | 'PATCH', path: string, body?: unknown, contentType?: string): Promise<KubernetesAnswer>
}

/** An answer that the controller cannot go on with, with the permission that would mend it. */
export class KubernetesRefusal extends Error {
  readonly status: number

  constructor(what: string, answer: KubernetesAnswer, permission: string) {
    const message = messageOf(answer.body)
    const remedy = answer.status === 403 ? `; grant ${permission} to the controller's ServiceAccount` : ''
    super(`${what} was answered with ${answer.status}${message === undefined ? '' : `: ${message}`}${remedy}`)
    this.name = 'KubernetesRefusal'
    this.status = answer.status
  }
}

/** The sentence of a Status object. */
function messageOf(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || !('message' in body)) return undefined
  return typeof body.message === 'string' ? body.message.slice(0, 500) : undefined
}
