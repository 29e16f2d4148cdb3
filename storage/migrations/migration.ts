/** One step of the schema. Applied ones never change: their checksum is recorded and compared at every start. */
export interface Migration {
  readonly number: number
  readonly name: string
  /** Run in order inside one transaction. */
  readonly statements: readonly string[]
}
