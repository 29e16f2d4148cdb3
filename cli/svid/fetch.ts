import { resolve } from 'node:path'
import { certificatesToPem, parseSpiffeId, type X509Svid } from '@mintmark/spiffe'
import { openJwtSource, openX509Source, WorkloadApiError, type X509Source } from '@mintmark/spiffe/workload-api'
import { UserError } from '@mintmark/ledger/model'
import { writeText, type Context } from '../program/context.ts'
import { EXIT } from '../program/exit.ts'
import { printFacts } from '../program/facts.ts'
import { printJson } from '../program/rows.ts'
import { UsageError } from '../program/usage-error.ts'
import { timeWords } from '../report/words.ts'
import type { FetchOptions } from './commands.ts'
import { keyToPem, planX509Files, writeX509Files } from './x509-files.ts'

/** `spirlctl svid fetch x509`: what any SPIFFE client gets, shown. */
export async function fetchX509(context: Context, options: FetchOptions & { readonly outDir?: string }): Promise<number> {
  const address = addressOf(options.socket)
  const files = options.outDir === undefined ? undefined : await planX509Files(options.outDir)
  const source = await waiting(context, options, address, (settings) => openX509Source(settings))
  try {
    const svids = source.svids()
    const bundles = [...source.bundles()].map(({ trustDomain, x509Authorities }) => ({ trustDomain, authorities: x509Authorities.length }))
    if (files !== undefined) await writeDefault(source, files)
    if (options.o === 'json') {
      await printJson(context, { svids: svids.map((svid) => describe(svid, files === undefined)), bundles, ...(files === undefined ? {} : { files }) })
      return EXIT.done
    }
    for (const svid of svids) {
      await printFacts(context, [
        ['SPIFFE ID', svid.id],
        ['Hint', svid.hint],
        ['Valid', `${timeWords(svid.notBefore.toISOString())} to ${timeWords(svid.notAfter.toISOString())}`],
        ['Chain', `${svid.certificates.length} certificate${svid.certificates.length === 1 ? '' : 's'}`],
      ])
    }
    await printFacts(context, [
      ['Trusts', bundles.map(({ trustDomain }) => trustDomain).join(', ')],
      ['Files', files === undefined ? undefined : Object.values(files).join(' ')],
    ])
    return EXIT.done
  } finally {
    source.close()
  }
}

/** `spirlctl svid fetch jwt` */
export async function fetchJwt(context: Context, options: FetchOptions & { readonly audience: readonly string[]; readonly id?: string }): Promise<number> {
  const address = addressOf(options.socket)
  const id = options.id === undefined ? undefined : parseSpiffeId(options.id)
  if (id?.ok === false) throw new UsageError(`--id is no SPIFFE ID: ${id.reason}.`, 'It looks like this: spiffe://example.org/shop/web')
  const source = await waiting(context, options, address, (settings) => openJwtSource(settings))
  try {
    const svid = await explaining(address, () => source.fetchJwtSvid({ audience: options.audience, ...(id === undefined ? {} : { id: id.id }) }))
    if (options.o === 'json')
      await printJson(context, { spiffeId: svid.id, token: svid.token, audience: svid.audience, expiresAt: svid.expiresAt.toISOString() })
    else await writeText(context.stdout, `${svid.token}\n`)
    return EXIT.done
  } finally {
    source.close()
  }
}

interface Waiting {
  readonly address: string
  readonly signal: AbortSignal
  readonly callTimeoutMs: number
  readonly onError: (error: WorkloadApiError) => void
}

/** Opens a source and gives up in time, with the last thing that went wrong. */
async function waiting<Source>(context: Context, { timeout }: FetchOptions, address: string, open: (settings: Waiting) => Promise<Source>): Promise<Source> {
  const limit = AbortSignal.timeout(timeout * 1_000)
  const refused = new AbortController()
  let last: WorkloadApiError | undefined
  const signal = AbortSignal.any([context.signal, limit, refused.signal])
  return await explaining(address, async () => {
    try {
      return await open({
        address,
        signal,
        callTimeoutMs: timeout * 1_000,
        onError: (error) => {
          last = error
          // A source would wait until the server changes its mind; a person wants to know.
          if (error.code === 'PERMISSION_DENIED' || isNobodyThere(error)) refused.abort()
        },
      })
    } catch (error) {
      throw last ?? error
    }
  })
}

/** Nothing listens on the socket: whoever waits for that waits for a person. */
function isNobodyThere({ code, message }: WorkloadApiError): boolean {
  return code === 'UNAVAILABLE' && /ENOENT|ECONNREFUSED|EACCES/.test(message)
}

async function explaining<Answer>(address: string, work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof WorkloadApiError)) throw error
    const remedy =
      error.code === 'PERMISSION_DENIED'
        ? "The agent has no identity for this process: look into the agent's log, and at the cluster's policy."
        : `Check that an agent runs and listens on ${address}.`
    if (isNobodyThere(error))
      throw new UserError('workload-api', `Nothing answers on ${address}.`, 'Start an agent, and name the socket of its configuration.', { cause: error })
    throw new UserError('workload-api', `${error.message.replace(/\.?$/, '')}.`, remedy, { cause: error })
  }
}

function addressOf(socket: string | undefined): string {
  if (socket === undefined || socket === '')
    throw new UsageError('Where is the Workload API?', 'Name its socket: --socket PATH, or set SPIFFE_ENDPOINT_SOCKET.')
  return /^[a-z]+:/.test(socket) ? socket : `unix://${resolve(socket)}`
}

function describe(svid: X509Svid, withKey: boolean): object {
  return {
    spiffeId: svid.id,
    ...(svid.hint === undefined ? {} : { hint: svid.hint }),
    notBefore: svid.notBefore.toISOString(),
    notAfter: svid.notAfter.toISOString(),
    certificatePem: certificatesToPem(svid.certificates),
    ...(withKey ? { privateKeyPem: keyToPem(svid.privateKey) } : {}),
  }
}

async function writeDefault(source: X509Source, files: Awaited<ReturnType<typeof planX509Files>>): Promise<void> {
  const svid = source.svid()
  const own = [...source.bundles()].find(({ trustDomain }) => svid.id.startsWith(`spiffe://${trustDomain}/`))
  await writeX509Files(files, {
    chainPem: certificatesToPem(svid.certificates),
    keyPem: keyToPem(svid.privateKey),
    rootsPem: certificatesToPem(own?.x509Authorities ?? []),
  })
}
