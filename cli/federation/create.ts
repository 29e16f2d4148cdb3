import type { BundleEndpoint } from '@mintmark/contract/http'
import { readText } from '../files/read-text.ts'
import type { Context } from '../program/context.ts'
import { EXIT } from '../program/exit.ts'
import { UsageError } from '../program/usage-error.ts'
import { ask, connect } from '../server/connect.ts'
import { trustDomainQuery } from '../trust-domain/which.ts'
import type { CreateLinkOptions } from './commands.ts'
import { printLink } from './show.ts'

/** `spirlctl federation create TRUST-DOMAIN` */
export async function createLink(context: Context, options: CreateLinkOptions, foreignTrustDomain: string): Promise<number> {
  const endpoint = endpointOf(options)
  if (endpoint === undefined && options.bundle === undefined)
    throw new UsageError('It takes the address of a bundle endpoint, or a bundle.', 'Add --url URL or --bundle FILE.')
  const bundle = options.bundle === undefined ? undefined : await readText(options.bundle)
  const { client } = await connect(context, options)
  const body = {
    ...trustDomainQuery(options),
    foreignTrustDomain,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(bundle === undefined ? {} : { bundle }),
  }
  const link = await ask(client.createFederationLink({ body, signal: context.signal }))
  await printLink(context, options.o, link)
  return EXIT.done
}

function endpointOf({ url, profile, endpointSpiffeId }: CreateLinkOptions): BundleEndpoint | undefined {
  if (url === undefined) return undefined
  if (profile === 'https_web') return { profile, url }
  if (endpointSpiffeId === undefined) throw new UsageError('An https_spiffe endpoint is known by its SPIFFE ID.', 'Add --endpoint-spiffe-id spiffe://…')
  return { profile, url, endpointSpiffeId }
}
