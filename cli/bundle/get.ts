import { writeText, type Context } from '../program/context.ts'
import { EXIT } from '../program/exit.ts'
import { printJson } from '../program/rows.ts'
import { ask, connect } from '../server/connect.ts'
import { trustDomainOf } from '../trust-domain/which.ts'
import type { GetBundleOptions } from './commands.ts'

/** `spirlctl bundle get`: the document as it is, so that it can be piped; with `-o json` all of its forms. */
export async function getBundle(context: Context, options: GetBundleOptions): Promise<number> {
  const { client } = await connect(context, options)
  const trustDomainId = await trustDomainOf(client, options, context.signal)
  const bundle = await ask(client.getTrustBundle({ params: { trustDomainId }, signal: context.signal }))
  if (options.o === 'json') await printJson(context, bundle)
  else {
    const text = { spiffe: bundle.document, jwks: bundle.jwks, pem: bundle.pem }[options.format]
    await writeText(context.stdout, text.endsWith('\n') ? text : `${text}\n`)
  }
  return EXIT.done
}
