import {
  bundleFromPem,
  parseBundle,
  parseSpiffeId,
  parseTrustDomain,
  readJwtSvidUnverified,
  trustDomainOf as trustDomainOfId,
  validateJwtSvid,
  validateX509Svid,
  type Bundle,
  type Checked,
  type SpiffeId,
} from '@mintmark/spiffe'
import { UserError } from '@mintmark/ledger/model'
import { readText } from '../files/read-text.ts'
import { writeText, type Context } from '../program/context.ts'
import { EXIT } from '../program/exit.ts'
import { printJson } from '../program/rows.ts'
import { UsageError } from '../program/usage-error.ts'
import { ask, connect } from '../server/connect.ts'
import type { ValidateOptions } from './commands.ts'
import { readSvid, type GivenSvid } from './read-svid.ts'

/** `spirlctl svid validate [FILE]` */
export async function validateSvid(context: Context, options: ValidateOptions, path?: string): Promise<number> {
  const svid = await readSvid(path)
  const name = options.trustDomain ?? claimedTrustDomain(svid)
  const bundle = options.bundle === undefined ? await askForBundle(context, options, name) : await readBundle(options.bundle, name)
  const checked = check(svid, bundle, options.audience, context.now())
  if (options.o === 'json') await printJson(context, checked.ok ? { valid: true, spiffeId: checked.id } : { valid: false, reason: checked.reason })
  else await writeText(context.stdout, checked.ok ? `Valid: ${checked.id}\n` : `Not valid: ${checked.reason}.\n`)
  return checked.ok ? EXIT.done : EXIT.failed
}

function check(svid: GivenSvid, bundle: Bundle, audience: readonly string[] | undefined, now: Date): Checked<{ id: SpiffeId }> {
  // A bundle verifies its own trust domain and no other.
  const bundleOf = (trustDomain: string): Bundle | undefined => (trustDomain === bundle.trustDomain ? bundle : undefined)
  if (svid.kind === 'x509') return validateX509Svid(svid.der, bundleOf, now)
  if (audience === undefined) throw new UsageError('For whom is the token?', 'A JWT-SVID is valid for its audience only: --audience NAME')
  return validateJwtSvid(svid.token, { bundleOf, audience, now })
}

/** What it claims chooses the bundle, and nothing else. */
function claimedTrustDomain(svid: GivenSvid): string {
  const text = svid.kind === 'x509' ? svid.certificates[0]?.uris[0] : undefined
  const id = svid.kind === 'jwt' ? readJwtSvidUnverified(svid.token) : parseSpiffeId(text ?? '')
  if (id.ok) return trustDomainOfId(id.id)
  throw new UserError('not-an-svid', `This is no SVID: ${id.reason}.`, 'Look at it with: spirlctl svid inspect')
}

async function askForBundle(context: Context, options: ValidateOptions, trustDomainId: string): Promise<Bundle> {
  const { client } = await connect(context, options)
  const { document, trustDomain } = await ask(client.getTrustBundle({ params: { trustDomainId }, signal: context.signal }))
  return parsed(trustDomain, document, 'The bundle of the control plane')
}

async function readBundle(path: string, name: string): Promise<Bundle> {
  return parsed(name, await readText(path), `The bundle ${path}`)
}

function parsed(name: string, text: string, what: string): Bundle {
  const trustDomain = parseTrustDomain(name)
  const bundle = !trustDomain.ok
    ? trustDomain
    : text.includes('-----BEGIN')
      ? bundleFromPem(trustDomain.trustDomain, text)
      : parseBundle(trustDomain.trustDomain, text)
  if (bundle.ok) return bundle.bundle
  throw new UserError('bundle', `${what} cannot be used: ${bundle.reason}.`, 'Get one with: spirlctl bundle get')
}
