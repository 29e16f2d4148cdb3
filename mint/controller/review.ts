import { z } from 'zod'
import { injectSocket, type Injection } from './injection.ts'
import { Pod } from './pod.ts'
import type { InjectionSettings } from './settings.ts'

/** The part of an AdmissionReview (admission.k8s.io/v1) that the webhook reads. */
const AdmissionReview = z.object({
  apiVersion: z.literal('admission.k8s.io/v1'),
  kind: z.literal('AdmissionReview'),
  request: z.object({
    uid: z.string().min(1).max(128),
    operation: z.string(),
    subResource: z.string().nullish(),
    resource: z.object({ group: z.string().nullish(), resource: z.string() }),
    object: z.unknown(),
  }),
})

/** What the API server is told; the pod is always admitted, because injection is a service and not a gate. */
export interface AdmissionAnswer {
  readonly apiVersion: 'admission.k8s.io/v1'
  readonly kind: 'AdmissionReview'
  readonly response: {
    readonly uid: string
    readonly allowed: true
    readonly patchType?: 'JSONPatch'
    /** Base64 of the JSON of the operations. */
    readonly patch?: string
    readonly warnings?: readonly string[]
  }
}

/** A body that is no AdmissionReview of the version we speak. */
export class NotAReviewError extends Error {
  constructor(reason: string) {
    super(`the body is not an AdmissionReview of admission.k8s.io/v1: ${reason}`)
    this.name = 'NotAReviewError'
  }
}

/** Longest warning that API servers pass on whole, in characters. */
const WARNING_LENGTH_MAX = 256

/** Answers one review. @throws NotAReviewError */
export function answerReview(body: unknown, settings: InjectionSettings): AdmissionAnswer {
  const review = AdmissionReview.safeParse(body)
  if (!review.success) throw new NotAReviewError(z.prettifyError(review.error).split('\n')[0] ?? 'unreadable')
  const { request } = review.data
  const { patch, warnings } = injectionFor(request, settings)
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: {
      uid: request.uid,
      allowed: true,
      ...(patch.length > 0 && { patchType: 'JSONPatch' as const, patch: Buffer.from(JSON.stringify(patch)).toString('base64') }),
      ...(warnings.length > 0 && { warnings: warnings.map((warning) => warning.slice(0, WARNING_LENGTH_MAX)) }),
    },
  }
}

function injectionFor(request: z.infer<typeof AdmissionReview>['request'], settings: InjectionSettings): Injection {
  if (request.resource.resource !== 'pods') return { patch: [], warnings: [] }
  const addsEphemeral = request.subResource === 'ephemeralcontainers'
  if (!addsEphemeral && request.operation !== 'CREATE') return { patch: [], warnings: [] }
  const pod = Pod.safeParse(request.object)
  // The API server validates pods after us, with better words than ours.
  return pod.success ? injectSocket(pod.data, settings, addsEphemeral) : { patch: [], warnings: [] }
}
