import type { Client } from '@mintmark/contract/http'
import { UsageError } from '../program/usage-error.ts'
import { ask } from '../server/connect.ts'
import type { TrustDomainOptions } from './options.ts'

/** The trust domain that is named, or the only one. @throws UsageError when there are several and none is named */
export async function trustDomainOf(client: Client, { trustDomain }: TrustDomainOptions, signal: AbortSignal): Promise<string> {
  if (trustDomain !== undefined) return trustDomain
  const { items } = await ask(client.listTrustDomains({ query: { pageSize: 2 }, signal }))
  const [first, second] = items
  if (first !== undefined && second === undefined) return first.id
  throw new UsageError(
    first === undefined ? 'There is no trust domain.' : 'There are several trust domains.',
    first === undefined ? 'Start the control plane with MINTMARK_MINT=on.' : 'Name one with --trust-domain; see them with: spirlctl trust-domain list',
  )
}

/** The query that names a trust domain, when one is named. */
export function trustDomainQuery({ trustDomain }: TrustDomainOptions): { readonly trustDomain?: string } {
  return trustDomain === undefined ? {} : { trustDomain }
}
