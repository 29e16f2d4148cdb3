/** What a check of foreign input answers: the checked value, or one sentence that says what is wrong with it. Nothing is thrown. */
export type Checked<T> = (Readonly<T> & { readonly ok: true }) | Refusal

/** Why a value was refused: a sentence for logs and errors. It never contains a key, a token or a signature. */
export interface Refusal {
  readonly ok: false
  readonly reason: string
}

/** A refusal with its reason. */
export function refuse(reason: string): Refusal {
  return { ok: false, reason }
}
