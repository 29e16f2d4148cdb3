/** The small part of oxlint's JS plugin interface (that of ESLint) that our rules use; oxlint publishes no types for plugins. */
export interface Ranged {
  readonly range: readonly [number, number]
}

/** A node of the syntax tree, with the fields that our rules read. */
export interface SyntaxNode extends Ranged {
  readonly type: string
  readonly source?: (Ranged & { readonly type: string; readonly value?: unknown }) | null
  readonly declaration?: Declaration | null
  readonly callee?: Named
  readonly arguments?: readonly Ranged[]
}

/** A name, or one member of a named object. */
export interface Named extends Ranged {
  readonly type: string
  readonly name?: string
  readonly object?: Named
  readonly property?: Named
}

/** What an `export` declares. */
export interface Declaration extends Ranged {
  readonly type: string
  readonly id?: { readonly name?: string } | null
  readonly declarations?: readonly { readonly id: { readonly name?: string } }[]
}

/** A comment without its marks. */
export interface Comment extends Ranged {
  readonly type: 'Line' | 'Block' | 'Shebang'
  readonly value: string
}

/** What a rule is given for one file. */
export interface RuleContext {
  readonly filename: string
  readonly cwd: string
  readonly sourceCode: { getAllComments(): readonly Comment[]; getCommentsBefore(node: Ranged): readonly Comment[] }
  report(problem: { readonly message: string; readonly node: Ranged }): void
}

/** A rule as oxlint calls it. */
export interface Rule {
  create(context: RuleContext): Readonly<Record<string, (node: SyntaxNode) => void>>
}
