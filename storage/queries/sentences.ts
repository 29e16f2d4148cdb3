import { noteSentences, parseSecretBody, readSecretBody, type SecretBody } from '../schema/secret-body.ts'
import type { Run } from './run.ts'

/** Reads stored secrets, in their order, with the sentences that they share with others. */
export async function readSecrets(run: Run, bodies: readonly string[]): Promise<SecretBody[]> {
  const numbers = new Set<number>()
  const parsed = bodies.map(parseSecretBody)
  for (const secret of parsed) noteSentences(secret, numbers)
  const rows = numbers.size === 0 ? [] : await run<{ id: number; body: string }>(`select id, body from sentence where id = any($1::int[])`, [[...numbers]])
  const sentences = new Map(rows.map(({ id, body }) => [id, body]))
  const sentenceOf = (number: number): string => {
    const sentence = sentences.get(number)
    if (sentence === undefined) throw new Error('A stored secret names a sentence that is not there')
    return sentence
  }
  return parsed.map((secret) => readSecretBody(secret, sentenceOf))
}
