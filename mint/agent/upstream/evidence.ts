import { readFile } from 'node:fs/promises'
import { status } from '../status.ts'
import { signAssertion, type AgentEvidence } from '@mintmark/mint/attestation'
import { Refusal } from '../refusal.ts'
import type { EvidenceSettings } from './settings.ts'

/** Longest token that is read from a file, in bytes. */
const TOKEN_BYTES_MAX = 64 * 1024

/**
 * What the agent shows at this attestation: one piece per attestor, gathered anew.
 *
 * @throws Refusal FAILED_PRECONDITION naming the file that cannot be read; what it holds is never repeated
 */
export async function gatherEvidence(settings: readonly EvidenceSettings[], now: Date, certificateThumbprint: string | undefined): Promise<AgentEvidence[]> {
  return Promise.all(
    settings.map(async (one) => {
      if (one.type === 'cvk') return { type: one.type, payload: Buffer.from(signAssertion(one, now, certificateThumbprint)) }
      return { type: one.type, payload: await readToken(one.tokenPath) }
    }),
  )
}

async function readToken(path: string): Promise<Uint8Array> {
  let text: string
  try {
    text = (await readFile(path, 'utf8')).trim()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    throw new Refusal(status.FAILED_PRECONDITION, `The token file ${path} cannot be read (${code}); check the volume that projects it.`)
  }
  if (text === '' || text.length > TOKEN_BYTES_MAX)
    throw new Refusal(status.FAILED_PRECONDITION, `The token file ${path} is empty or longer than ${TOKEN_BYTES_MAX} bytes.`)
  return Buffer.from(text)
}
