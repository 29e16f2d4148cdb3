import { UserError } from '@mintmark/ledger/model'
import { createPrivateFile } from '../files/private-file.ts'
import { writeText, type Context } from '../program/context.ts'
import { EXIT } from '../program/exit.ts'
import { printJson } from '../program/rows.ts'
import { cleanText } from '../report/text.ts'
import { ask, connect } from '../server/connect.ts'
import type { FormatOptions, ServerOptions } from '../server/options.ts'
import { shellWord } from '../program/shell-word.ts'
import { access } from 'node:fs/promises'

/** Options of `spirlctl ledger integration create`. */
export interface CreateIntegrationOptions extends FormatOptions, ServerOptions {
  readonly keyOut?: string
}

/** `spirlctl ledger integration create kubernetes NAME`: the one moment in which the scanner's key can be seen. */
export async function createIntegration(context: Context, options: CreateIntegrationOptions, kind: string, name: string): Promise<number> {
  // Looked at before anything is created, because the key is shown only once.
  if (options.keyOut !== undefined && (await exists(options.keyOut))) throw fileIsThere(options.keyOut)
  const { server, client } = await connect(context, options)
  const { integration, key } = await ask(
    client.createIntegration({ body: { kind: kind === 'kubernetes' ? kind : 'kubernetes', name }, signal: context.signal }),
  )
  if (options.keyOut !== undefined && !(await createPrivateFile(options.keyOut, key.file))) throw fileIsThere(options.keyOut)
  if (options.o === 'json') {
    await printJson(context, options.keyOut === undefined ? { integration, key } : { integration, key: { id: key.id, path: options.keyOut } })
    return EXIT.done
  }
  const file = options.keyOut ?? `${integration.name.replaceAll(/[^\w.-]/g, '-')}.key`
  const shown =
    options.keyOut === undefined
      ? `\nIts scanner key is shown this once. Keep it in a file that only you can read, for example ${file}:\n\n${key.file}`
      : `Its scanner key is in ${options.keyOut}, readable by you only. It cannot be shown again.\n`
  const command = `spirlctl scan kubernetes --server ${shellWord(server)} --key ${shellWord(file)}`
  await writeText(context.stdout, `Created integration ${cleanText(integration.name)} (${integration.id}).\n${shown}\nSend a scan with:\n\n  ${command}\n`)
  return EXIT.done
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  )
}

function fileIsThere(path: string): UserError {
  return new UserError('file-exists', `The file ${path} is there already, and a key is never written over.`, 'Name a new file with --key-out.')
}
