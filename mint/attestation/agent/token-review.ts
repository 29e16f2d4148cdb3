import { z } from 'zod'
import { AttestationError } from '../model.ts'
import type { OutboundFetch } from '../outbound/fetch.ts'

/** A token whose signature and claims were found right, and what its cluster has to say of it. */
export interface ReviewedToken {
  readonly token: string
  readonly audiences: readonly string[]
  /** As the cluster names its ServiceAccount: `system:serviceaccount:NAMESPACE:NAME`. */
  readonly username: string
}

/** Asks a cluster whether it still stands by a token. @throws AttestationError UNAUTHENTICATED when not, UNAVAILABLE when it cannot be asked */
export type ReviewToken = (reviewed: ReviewedToken) => Promise<void>

/** Where reviews are asked for, and as whom. */
export interface TokenReviewRules {
  /** Base address of the API server. */
  readonly apiServerURL: string
  /** PEM of the authorities of the API server's TLS; absent: those of the other addresses in configuration. */
  readonly ca: string | undefined
  /** The server's own credential, read at each use. The agent's token is never the credential: it would vouch for itself. */
  readonly credential: () => Promise<string>
  readonly fetch: OutboundFetch
}

const LIMITS = { bytesMax: 64 * 1024, msMax: 5_000 } as const
const PATH = '/apis/authentication.k8s.io/v1/tokenreviews'

/** Kubernetes API reference, TokenReview v1. */
const Review = z.object({
  kind: z.literal('TokenReview'),
  status: z.object({
    authenticated: z.boolean().default(false),
    audiences: z.array(z.string()).default([]),
    user: z.object({ username: z.string().default('') }).optional(),
  }),
})

/**
 * Reviews by `authentication.k8s.io/v1` TokenReview: a token of a deleted pod or ServiceAccount is refused although its signature is right and its time has not come.
 * An API server that does not answer passes nobody.
 */
export function createTokenReview({ apiServerURL, ca, credential, fetch }: TokenReviewRules): ReviewToken {
  const url = new URL(`${apiServerURL.replace(/\/+$/, '')}${PATH}`)
  return async ({ token, audiences, username }) => {
    const bearer = await credential()
    const json = JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token, audiences } })
    const { status, body } = await fetch(url, LIMITS, ca === undefined ? {} : { ca }, { json, bearer }).catch((error: unknown) => {
      throw unavailable(`the API server cannot be asked: ${error instanceof Error ? error.message : 'unknown'}`, error)
    })
    if (status === 401 || status === 403) {
      throw unavailable(
        `${url.host} refuses the server's own credential with status ${status}; it needs the right to create tokenreviews (ClusterRole system:auth-delegator)`,
      )
    }
    if (status !== 201 && status !== 200) throw unavailable(`${url.host} answered with status ${status}`)
    const answer = readReview(body)
    if (answer === undefined) throw unavailable(`${url.host} answered with something that is no TokenReview`)
    if (!answer.authenticated) throw refuse('its cluster does not stand by it any more; the pod or the ServiceAccount is gone, or was made anew')
    // An API server that does not know audiences leaves them out, and would take a token that was made for somebody else.
    if (!answer.audiences.some((audience) => audiences.includes(audience))) throw refuse(`its cluster does not confirm the audience ${audiences.join(', ')}`)
    if (answer.user?.username !== username) throw refuse('its cluster knows it as another user')
  }
}

function readReview(body: Buffer): z.infer<typeof Review>['status'] | undefined {
  try {
    return Review.parse(JSON.parse(body.toString('utf8'))).status
  } catch {
    return undefined
  }
}

function refuse(reason: string): AttestationError {
  return new AttestationError('UNAUTHENTICATED', `The ServiceAccount token is refused: ${reason}.`)
}

function unavailable(reason: string, cause?: unknown): AttestationError {
  return new AttestationError('UNAVAILABLE', `The ServiceAccount token cannot be reviewed: ${reason}.`, { cause })
}
