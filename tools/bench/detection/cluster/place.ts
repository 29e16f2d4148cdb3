/** Whose object it is. */
export interface Place {
  readonly namespace: string
  readonly name: string
  readonly team: string
}
