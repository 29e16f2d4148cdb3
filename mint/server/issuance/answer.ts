import type { SpiffeId } from '@mintmark/spiffe'
import { CODES, type Code } from '../failure.ts'

/** Why one workload of a batch gets nothing; the others are not touched by it. */
export interface Refused {
  readonly code: Exclude<Code, 0>
  readonly message: string
}

/** An X.509-SVID as it goes to the agent. */
export interface IssuedX509 {
  readonly id: SpiffeId
  readonly hint: string
  /** DER, leaf first, without the root. */
  readonly certificates: readonly Uint8Array[]
}

/** What one workload is given, or not. */
export type X509Answer =
  | { readonly code: 0; readonly svids: readonly IssuedX509[]; readonly issuedAtSeconds: number; readonly expiresAtSeconds: number }
  | Refused

/** A JWT-SVID as it goes to the agent. */
export interface IssuedJwt {
  readonly id: SpiffeId
  readonly hint: string
  readonly token: string
}

/** What one workload is given, or not. */
export type JwtAnswer =
  | { readonly code: 0; readonly svids: readonly IssuedJwt[]; readonly keyId: string; readonly issuedAtSeconds: number; readonly expiresAtSeconds: number }
  | Refused

/** A refusal with a static label in front, for counting, and a sentence. */
export function refused(code: Refused['code'], label: string, sentence: string): Refused {
  return { code, message: `${label}: ${sentence}` }
}

/** Policy gives the workload no identity. */
export function noIdentity(label: string, sentence: string): Refused {
  return refused(CODES.permissionDenied, label, `${sentence}.`)
}

/** The answers of a batch: at once when every one of them is there, later when a remote key signs. */
export function settleAnswers<Answer extends object>(answers: readonly (Answer | Promise<Answer>)[]): readonly Answer[] | Promise<readonly Answer[]> {
  const isThere = (answer: Answer | Promise<Answer>): answer is Answer => !(answer instanceof Promise)
  return answers.every(isThere) ? answers : Promise.all(answers.map(async (answer) => answer))
}
