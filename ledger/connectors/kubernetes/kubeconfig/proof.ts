import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { UserError } from '@mintmark/ledger/model'

/** What proves who we are, at one moment. */
export interface Proof {
  readonly authorization?: string
  readonly certificate?: { readonly cert: string; readonly key: string }
}

/** Gives the proof for the next request. `refused` tells that the server did not take the last one, so a cached one must be renewed. */
export interface Credentials {
  /** Who, for messages. */
  readonly name: string
  proof(refused: boolean, signal: AbortSignal): Promise<Proof>
  /** What to do when the server does not accept the proof. */
  readonly advice: string
}

/** Reads a file that the kubeconfig names, relative to its folder. */
export async function readNamedFile(what: string, path: string, folder: string): Promise<string> {
  const file = resolve(folder, path)
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
    throw new UserError('kubeconfig-file', `The ${what} ${file} cannot be read (${code})`, 'Correct the path in the kubeconfig, or restore the file', {
      cause: error,
    })
  }
}

/** PEM text of a `-data` field. */
export function decodeData(text: string): string {
  return Buffer.from(text, 'base64').toString('utf8')
}
