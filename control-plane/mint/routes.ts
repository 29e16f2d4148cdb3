import type { RouteConfig } from '@hono/zod-openapi'
import { mintRoutes, PROBLEMS } from '@mintmark/contract/http'
import type { Context } from 'hono'
import type { App, AppEnvironment } from '../server/environment.ts'
import { ProblemError } from '../server/problem-error.ts'
import type { Log } from '../server/log.ts'
import type { AuditEntry, Mint, MintOperation } from './operations.ts'

/** An operation with its types taken away: routes and operations are one table, so one loop mounts them all. */
type AnyOperation = (call: { readonly params: object; readonly query: object; readonly body: unknown; readonly actor: string }) => Promise<object | undefined>

/** Mounts every route of Mint. Without a server they answer 503, so that the rest of the API goes on. */
export function mountMint(app: App, { mint, log }: { readonly mint: Mint | undefined; readonly log: Log }): void {
  for (const [name, route] of Object.entries(mintRoutes)) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of the table are its operations
    const operation = name as MintOperation
    const declared: RouteConfig = route
    app.openapi(declared, async (context) => {
      if (mint === undefined) {
        throw new ProblemError('mint-unavailable', {
          detail: 'This control plane runs without a trust domain server.',
          remedy: 'Start it without MINTMARK_MINT=off, or ask the server that issues for your trust domain.',
        })
      }
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the validators of this very route have checked what is handed on
      const run = mint.operations[operation] as unknown as AnyOperation
      const record = declared.method === 'get' ? undefined : auditOf(context, operation)
      try {
        const answer = await run(callOf(context))
        const status = statusOf(declared)
        await keep(mint, record && { ...record, outcome: 'success', status }, log)
        return answer === undefined ? context.body(null, 204) : context.json(answer, status)
      } catch (error) {
        const status = error instanceof ProblemError ? PROBLEMS[error.problem].status : 500
        await keep(mint, record && { ...record, outcome: 'failure', status }, log)
        throw error
      }
    })
  }
}

function callOf(context: Context<AppEnvironment>): Parameters<AnyOperation>[0] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the types of what was validated are lost in the loop, and with them the names of the parts
  const valid = (part: 'param' | 'query' | 'json'): object | undefined => context.req.valid(part as never)
  return { params: valid('param') ?? {}, query: valid('query') ?? {}, body: valid('json'), actor: actorOf(context) }
}

function statusOf(route: RouteConfig): 200 | 201 {
  return 201 in route.responses ? 201 : 200
}

function actorOf(context: Context<AppEnvironment>): string {
  return context.get('principal')?.kind ?? 'nobody'
}

function auditOf(context: Context<AppEnvironment>, operation: MintOperation): Omit<AuditEntry, 'outcome' | 'status'> {
  const agent = context.req.header('user-agent') ?? ''
  return {
    requestId: context.get('requestId'),
    method: operation,
    actor: actorOf(context),
    client: agent.startsWith('spirlctl') ? 'spirlctl' : 'api',
    subject: context.req.param(),
  }
}

/** A record that cannot be kept is logged loudly; the change it tells of has happened and is not undone by it. */
async function keep(mint: Mint, entry: AuditEntry | undefined, log: Log): Promise<void> {
  if (entry === undefined) return
  try {
    await mint.audit(entry)
  } catch (error) {
    log.error({ method: entry.method, actor: entry.actor, requestId: entry.requestId, error: String(error) }, 'An audit entry could not be stored')
  }
}
