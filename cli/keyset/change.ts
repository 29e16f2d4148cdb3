import type { Keyset } from '@mintmark/contract/http'
import { UserError } from '@mintmark/ledger/model'
import { isConfirmed, type YesOptions } from '../program/confirm.ts'
import { writeText, type Context } from '../program/context.ts'
import { EXIT } from '../program/exit.ts'
import { printJson } from '../program/rows.ts'
import { ask, connect } from '../server/connect.ts'
import { trustDomainOf } from '../trust-domain/which.ts'
import type { KeysetOptions } from './commands.ts'

/** Milliseconds that a verb on keysets waits; it is not repeated. */
const VERB_MS_MAX = 120_000
const COMMAND = 'spirlctl trust-domain deployment keyset'

/** `… keyset prepare` */
export async function prepareKeyset(context: Context, options: KeysetOptions): Promise<number> {
  const { client } = await connect(context, options)
  const trustDomainId = await trustDomainOf(client, options, context.signal)
  const keyset = await ask(client.prepareKeyset({ params: { trustDomainId }, ...limited(context) }))
  await print(context, options, keyset, `Prepared keyset ${keyset.id}. Agents learn to trust it now; then let it sign: ${COMMAND} activate ${keyset.id}`)
  return EXIT.done
}

/** `… keyset activate [KEYSET]` */
export async function activateKeyset(context: Context, options: KeysetOptions, named?: string): Promise<number> {
  const { client } = await connect(context, options)
  const trustDomainId = await trustDomainOf(client, options, context.signal)
  const keysetId = named ?? newestPrepared((await ask(client.listKeysets({ params: { trustDomainId }, signal: context.signal }))).items)
  const keyset = await ask(client.activateKeyset({ params: { trustDomainId, keysetId }, ...limited(context) }))
  await print(context, options, keyset, `Keyset ${keyset.id} signs from now on.`)
  return EXIT.done
}

/** `… keyset taint|remove KEYSET`: never without a yes. */
export async function retireKeyset(context: Context, verb: 'taint' | 'remove', options: KeysetOptions & YesOptions, keysetId: string): Promise<number> {
  const question =
    verb === 'taint'
      ? `Taint keyset ${keysetId}? Everything that it signed is renewed at once.`
      : `Remove keyset ${keysetId}? Nothing that it signed is trusted any more.`
  if (!(await isConfirmed(context, options, question))) return EXIT.failed
  const { client } = await connect(context, options)
  const trustDomainId = await trustDomainOf(client, options, context.signal)
  const input = { params: { trustDomainId, keysetId }, ...limited(context) }
  if (verb === 'taint') {
    const keyset = await ask(client.taintKeyset(input))
    await print(context, options, keyset, `Tainted keyset ${keyset.id}. When all has been renewed, end the trust in it: ${COMMAND} remove ${keyset.id}`)
  } else {
    await ask(client.removeKeyset(input))
    await writeText(context.stdout, options.o === 'json' ? `${JSON.stringify({ id: keysetId, removed: true })}\n` : `Removed keyset ${keysetId}.\n`)
  }
  return EXIT.done
}

/** The newest that waits and never signed: one that has stepped down is PREPARED, too. */
function newestPrepared(keysets: readonly Keyset[]): string {
  const [newest] = keysets
    .filter(({ state, activatedAt }) => state === 'PREPARED' && activatedAt === undefined)
    .toSorted((a, b) => (a.createdAt < b.createdAt ? 1 : -1))
  if (newest === undefined) throw new UserError('no-keyset', 'No keyset was prepared.', `Prepare one: ${COMMAND} prepare`)
  return newest.id
}

function limited({ signal }: Context): { readonly signal: AbortSignal; readonly timeoutMs: number } {
  return { signal, timeoutMs: VERB_MS_MAX }
}

async function print(context: Context, options: KeysetOptions, keyset: Keyset, sentence: string): Promise<void> {
  if (options.o === 'json') await printJson(context, keyset)
  else await writeText(context.stdout, `${sentence}\n`)
}
