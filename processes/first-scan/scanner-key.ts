import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { parseScannerKey, type ScannerKeyFile } from '@mintmark/contract/http'
import { createIntegration } from '@mintmark/control-plane'
import type { IntegrationStore } from '@mintmark/storage'

/** Names that are tried when one is taken by an integration whose key is not here. */
const NAMES_MAX = 100

/** A scanner of this process: its key, and the file that holds it. */
export interface OwnScanner {
  readonly key: ScannerKeyFile
  readonly file: string
}

/**
 * The scanner that this process runs under an integration's name, like any other scanner with a key of its own. The key stays in the
 * data folder (mode 0600), so that the next scan is the same integration's.
 */
export async function ownScanner(integrations: IntegrationStore, dataFolder: string, name: string, now: Date): Promise<OwnScanner> {
  const folder = join(dataFolder, 'scanners')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, `${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}.key`)
  const key = parseScannerKey(await readFile(file, 'utf8').catch(() => ''))
  if (key !== undefined && (await integrations.publicKey(key.integrationId)) !== undefined) return { key, file }
  const created = await createIntegration(integrations, { kind: 'kubernetes', name: await freeName(integrations, name), now })
  await writePrivate(file, created.key.file)
  return { key: { integrationId: created.integration.id, keyId: created.key.id, privateKeyPem: created.key.privateKeyPem }, file }
}

async function freeName(integrations: IntegrationStore, name: string): Promise<string> {
  for (let number = 1; number <= NAMES_MAX; number += 1) {
    const candidate = number === 1 ? name : `${name} ${number}`
    if ((await integrations.get(candidate)) === undefined) return candidate
  }
  throw new Error(`${NAMES_MAX} integrations bear the name of this scan already`)
}

/** Written beside and renamed, so that a crash leaves the old file or the new one. */
async function writePrivate(file: string, text: string): Promise<void> {
  const draft = `${file}.new`
  const handle = await open(draft, 'w', 0o600)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(draft, file)
}
