import type { z } from '@hono/zod-openapi'
import type { OperationId, Routes } from './routes.ts'

/** One part of a request (params, query, headers), required exactly when one of its fields is. */
type Part<Route, Name extends string> = Route extends { readonly request: { readonly [Key in Name]: infer Schema extends z.ZodType } }
  ? Partial<z.input<Schema>> extends z.input<Schema>
    ? { readonly [Key in Name]?: z.input<Schema> }
    : { readonly [Key in Name]: z.input<Schema> }
  : unknown

/** JSON bodies are typed; scan lines travel as bytes, compressed or not. */
type Body<Route> = Route extends { readonly request: { readonly body: { readonly content: infer Content } } }
  ? Content extends { readonly 'application/json': { readonly schema: infer Schema extends z.ZodType } }
    ? { readonly body: z.input<Schema> }
    : { readonly body: Uint8Array<ArrayBuffer> | string }
  : unknown

/** What every call takes beside its own input. */
export interface CallOptions {
  readonly signal?: AbortSignal
  /** How long the answer is waited for; a minute by default. */
  readonly timeoutMs?: number
}

/** What a call of an operation takes. */
export type Input<Operation extends OperationId> = Part<Routes[Operation], 'params'> &
  Part<Routes[Operation], 'query'> &
  Part<Routes[Operation], 'headers'> &
  Body<Routes[Operation]> &
  CallOptions

type SuccessContent<Responses> = Responses extends Record<number, unknown> ? Responses[Extract<keyof Responses, 200 | 201 | 202 | 204>] : never
type OutputOf<Response> = Response extends { readonly content: { readonly 'application/json': { readonly schema: infer Schema extends z.ZodType } } }
  ? z.output<Schema>
  : Response extends { readonly content: { readonly 'text/plain': unknown } }
    ? string
    : undefined

/** What a call of an operation answers, checked against the route's schema. */
export type Output<Operation extends OperationId> = OutputOf<SuccessContent<Routes[Operation]['responses']>>

/** One typed method per operationId. */
export type Client = {
  readonly [Operation in OperationId]: Partial<Input<Operation>> extends Input<Operation>
    ? (input?: Input<Operation>) => Promise<Output<Operation>>
    : (input: Input<Operation>) => Promise<Output<Operation>>
}
