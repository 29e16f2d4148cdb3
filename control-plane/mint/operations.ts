import type { mintRoutes, Output } from '@mintmark/contract/http'
import type { z } from '@hono/zod-openapi'

/** Name of an operation of Mint. */
export type MintOperation = keyof typeof mintRoutes

type RequestOf<Operation extends MintOperation> = (typeof mintRoutes)[Operation] extends { readonly request: infer Request } ? Request : object
type PartOf<Request, Name extends string> = Request extends { readonly [Key in Name]: infer Schema extends z.ZodType } ? z.output<Schema> : object
type BodyOf<Request> = Request extends {
  readonly body: { readonly content: { readonly 'application/json': { readonly schema: infer Schema extends z.ZodType } } }
}
  ? z.output<Schema>
  : undefined

/** What a call brings, checked against its route, and who makes it. */
export interface MintCall<Operation extends MintOperation> {
  readonly params: PartOf<RequestOf<Operation>, 'params'>
  readonly query: PartOf<RequestOf<Operation>, 'query'>
  readonly body: BodyOf<RequestOf<Operation>>
  /** Who asks, as the audit shows it. */
  readonly actor: string
}

/**
 * What the control plane asks of Mint: one function an operation, which answers what the route promises or throws a `ProblemError`.
 * The process wires it to a trust domain server.
 */
export type MintOperations = {
  readonly [Operation in MintOperation]: (call: MintCall<Operation>) => Promise<Output<Operation>>
}

/** One call that changed something or tried to, for the record (product event `audit_log`). */
export interface AuditEntry {
  readonly requestId: string
  readonly method: string
  readonly actor: string
  readonly client: string
  readonly outcome: 'success' | 'failure'
  readonly status: number
  /** Ids and names of the path; bodies may hold keys and are never recorded. */
  readonly subject: Readonly<Record<string, string>>
}

/** Mint as the control plane sees it. */
export interface Mint {
  readonly operations: MintOperations
  /** Called after every operation that is not a read. */
  audit(entry: AuditEntry): Promise<void>
}
