import { createPrivateKey } from 'node:crypto'
import { createNewFile, pathsIn, requireNewFiles } from '../files/new-files.ts'

const NAMES = ['svid.pem', 'key.pem', 'bundle.pem'] as const
/** Files of an X.509-SVID in a folder. */
export type X509Files = Readonly<Record<(typeof NAMES)[number], string>>

/** Where they will lie. @throws UserError when one of them is there already */
export async function planX509Files(folder: string): Promise<X509Files> {
  const files = pathsIn(folder, NAMES)
  await requireNewFiles(Object.values(files))
  return files
}

/** Writes them, readable by their owner only. */
export async function writeX509Files(files: X509Files, svid: { readonly chainPem: string; readonly keyPem: string; readonly rootsPem: string }): Promise<void> {
  await createNewFile(files['key.pem'], svid.keyPem)
  await createNewFile(files['svid.pem'], svid.chainPem)
  await createNewFile(files['bundle.pem'], svid.rootsPem)
}

/** A private key as PEM, from PKCS#8. */
export function keyToPem(privateKey: Uint8Array): string {
  return createPrivateKey({ key: Buffer.from(privateKey), format: 'der', type: 'pkcs8' }).export({ type: 'pkcs8', format: 'pem' })
}
