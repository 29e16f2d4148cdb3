import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'

/** Bytes of a kubeconfig that are looked at. */
const FILE_BYTES_MAX = 4 * 1024 * 1024
const CONTEXT_CHARS_MAX = 253

/**
 * Name of the current context, only to be able to ask about it; whoever scans reads the kubeconfig properly. As kubectl does, the first
 * file of KUBECONFIG that names one wins, and ~/.kube/config stands in for an unset KUBECONFIG.
 */
export async function findCurrentContext(environment: Readonly<Record<string, string | undefined>>): Promise<string | undefined> {
  const listed = environment['KUBECONFIG'] ?? ''
  const files = listed === '' ? [join(environment['HOME'] ?? homedir(), '.kube', 'config')] : listed.split(delimiter).filter((file) => file !== '')
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch(() => '')
    const context = text.length > FILE_BYTES_MAX ? undefined : readCurrentContext(text)
    if (context !== undefined) return context
  }
  return undefined
}

/** The top-level entry `current-context` of a kubeconfig in YAML block style or in JSON. */
export function readCurrentContext(text: string): string | undefined {
  const value = /^(?:current-context|"current-context"|\s{0,8}"current-context")\s*:\s*(.*)$/m.exec(text)?.[1]?.trim() ?? ''
  const quoted = /^"([^"]*)"|^'([^']*)'/.exec(value)
  const name = quoted === null ? value.replace(/\s+#.*$/, '').replace(/,$/, '') : (quoted[1] ?? quoted[2] ?? '')
  return name === '' || name.length > CONTEXT_CHARS_MAX ? undefined : name
}
