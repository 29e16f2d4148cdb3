import { generateWorkloadKey, writeCsr } from '@mintmark/spiffe'
import { writeText, type Context } from '../program/context.ts'
import { EXIT } from '../program/exit.ts'
import { printJson } from '../program/rows.ts'
import { timeWords } from '../report/words.ts'
import { ask, connect } from '../server/connect.ts'
import { trustDomainOf } from '../trust-domain/which.ts'
import type { MintOptions } from './commands.ts'
import { keyToPem, planX509Files, writeX509Files } from './x509-files.ts'

/** `spirlctl svid mint x509 PATH`: the key is made here and never leaves this machine. */
export async function mintX509(context: Context, options: MintOptions & { readonly outDir?: string }, path: string): Promise<number> {
  const files = options.outDir === undefined ? undefined : await planX509Files(options.outDir)
  const { client } = await connect(context, options)
  const { signal } = context
  const trustDomainId = await trustDomainOf(client, options, signal)
  const key = generateWorkloadKey()
  const csrPem = `-----BEGIN CERTIFICATE REQUEST-----\n${Buffer.from(writeCsr({ key })).toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`
  const svid = await ask(client.mintX509Svid({ params: { trustDomainId }, body: { path, csrPem, ...ttlOf(options) }, signal }))
  const keyPem = keyToPem(key.privateKey)
  if (files === undefined) {
    if (options.o === 'json') await printJson(context, { ...svid, privateKeyPem: keyPem })
    else await writeText(context.stdout, `${svid.certificatePem}${keyPem}`)
    return EXIT.done
  }
  const bundle = await ask(client.getTrustBundle({ params: { trustDomainId }, signal }))
  await writeX509Files(files, { chainPem: svid.certificatePem, keyPem, rootsPem: bundle.pem })
  if (options.o === 'json') await printJson(context, { spiffeId: svid.spiffeId, notAfter: svid.notAfter, files })
  else await writeText(context.stdout, `${svid.spiffeId}, valid until ${timeWords(svid.notAfter)}, is in ${options.outDir ?? '.'}.\n`)
  return EXIT.done
}

/** `spirlctl svid mint jwt PATH` */
export async function mintJwt(context: Context, options: MintOptions & { readonly audience: readonly string[] }, path: string): Promise<number> {
  const { client } = await connect(context, options)
  const trustDomainId = await trustDomainOf(client, options, context.signal)
  const body = { path, audience: [...options.audience], ...ttlOf(options) }
  const svid = await ask(client.mintJwtSvid({ params: { trustDomainId }, body, signal: context.signal }))
  if (options.o === 'json') await printJson(context, svid)
  else await writeText(context.stdout, `${svid.token}\n`)
  return EXIT.done
}

function ttlOf({ ttl }: MintOptions): { readonly ttlSeconds?: number } {
  return ttl === undefined ? {} : { ttlSeconds: ttl }
}
