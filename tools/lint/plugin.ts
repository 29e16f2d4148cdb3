import { relative, sep } from 'node:path'
import { explainForbiddenImport, isTestFile } from './imports.ts'
import type { Declaration, Rule, SyntaxNode } from './rule.ts'
import { lacksReason, silences } from './suppression.ts'

const EXPORT_KEYWORD_CHARS = 6

/** Reports imports that the table of areas does not allow. */
const layers: Rule = {
  create(context) {
    const file = pathInRepository(context.cwd, context.filename)
    const check = ({ source }: SyntaxNode): void => {
      if (typeof source?.value !== 'string') return
      const problem = explainForbiddenImport(file, source.value)
      if (problem !== undefined) context.report({ message: problem, node: source })
    }
    return { ImportDeclaration: check, ExportNamedDeclaration: check, ExportAllDeclaration: check, ImportExpression: check }
  },
}

/** Reports comments that silence a check without saying why. */
const suppressionReason: Rule = {
  create(context) {
    return {
      Program() {
        for (const comment of context.sourceCode.getAllComments()) {
          if (silences(comment.value) && lacksReason(comment.value)) {
            context.report({ message: 'A suppression says why: end it with " -- " and a sentence', node: comment })
          }
        }
      },
    }
  },
}

/** Reports exported declarations without a docstring. A type that is inferred from a schema of the same name is described there. */
const documentedExports: Rule = {
  create(context) {
    if (isTestFile(pathInRepository(context.cwd, context.filename))) return {}
    const described = new Set<string>()
    return {
      ExportNamedDeclaration(node) {
        if (node.declaration === null || node.declaration === undefined) return
        const name = nameOf(node.declaration)
        const hasText = context.sourceCode.getCommentsBefore(node).some((comment) => comment.type === 'Block' && comment.value.startsWith('*'))
        if (hasText) described.add(name)
        else if (!described.has(name)) {
          context.report({ message: `Exported ${name} has no docstring`, node: { range: [node.range[0], node.range[0] + EXPORT_KEYWORD_CHARS] } })
        }
      },
    }
  },
}

/** The house's own rules. */
export default { meta: { name: 'mintmark' }, rules: { layers, 'suppression-reason': suppressionReason, 'documented-exports': documentedExports } }

function pathInRepository(root: string, file: string): string {
  return relative(root, file).split(sep).join('/')
}

function nameOf(declaration: Declaration): string {
  return declaration.id?.name ?? declaration.declarations?.[0]?.id.name ?? 'declaration'
}
